/** `/review/:id` against a path: the id, or null. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? '';
    if (part.startsWith(':')) {
      if (value === '') return null;
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null; // a broken escape is an address we do not have
      }
    } else if (part !== value) return null;
  }
  return found;
}

import type { Texts } from './en';

/** "submission.read" in words; what we have no words for is shown as it is, so that nothing is hidden. */
export function describeAction(action: string, resourceType: string | null, t: Texts): string {
  const known = t.actions[action];
  if (known) return known;
  const plain = action.replace(/[._:-]+/g, ' ');
  return resourceType && !plain.includes(resourceType) ? `${plain} (${resourceType})` : plain;
}

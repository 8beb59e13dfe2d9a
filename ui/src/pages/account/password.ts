export type PasswordLack = 'length' | 'upper' | 'lower' | 'digit' | 'sign';

/** What a password still lacks under the clinic's rule. Letters of every script count, the server has the last word. */
export function passwordLacks(password: string): PasswordLack[] {
  const lacks: PasswordLack[] = [];
  if ([...password].length < 8) lacks.push('length');
  if (!/\p{Lu}/u.test(password)) lacks.push('upper');
  if (!/\p{Ll}/u.test(password)) lacks.push('lower');
  if (!/\p{Nd}/u.test(password)) lacks.push('digit');
  if (!/[^\p{L}\p{N}\s]/u.test(password)) lacks.push('sign');
  return lacks;
}

export const looksLikeEmail = (text: string) => /^[^\s@]+@[^\s@]+$/.test(text);
export const looksLikeUsername = (text: string) => /^(?! )[\p{L}\p{M}\p{N} ._-]{3,64}(?<! )$/u.test(text);

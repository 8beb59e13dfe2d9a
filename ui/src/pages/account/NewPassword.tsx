import { PasswordInput } from '@mantine/core';
import { useTexts } from '../../texts';
import { passwordLacks } from './password';

/** A new password with its rule, and below it what is still missing. */
export function NewPassword({ value, onChange, error }: {
  value: string; onChange: (value: string) => void; error: string | undefined;
}) {
  const t = useTexts();
  const lacks = passwordLacks(value).map((part) => t.password.missing[part]);
  const state = value === '' ? t.password.rule
    : lacks.length === 0 ? t.password.good
      : t.password.stillNeeds(new Intl.ListFormat(t.language).format(lacks));
  return (
    <PasswordInput
      name="password" label={t.account.password} autoComplete="new-password" maxLength={128} value={value} error={error}
      description={state} inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': t.account.showPassword, tabIndex: 0 }}
    />
  );
}

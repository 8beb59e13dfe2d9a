import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const night: MantineColorsTuple = [
  '#e5efec', '#c3d3ce', '#a5b9b4', '#71908a', '#3a4d49', '#283835', '#15211f', '#0f1918', '#0b1312', '#080e0d',
];
const pine: MantineColorsTuple = [
  '#e6f4f0', '#cfe8e1', '#a0d2c5', '#6fbba9', '#47a891', '#2b9580', '#0b6b5d', '#095a4e', '#07463d', '#05332c',
];

export const theme = createTheme({
  primaryColor: 'pine',
  primaryShade: 6,
  colors: { pine, dark: night },
  fontFamily: 'var(--font)',
  headings: { fontFamily: 'var(--font)', fontWeight: '650' },
  defaultRadius: 12,
  cursorType: 'pointer',
  focusRing: 'auto',
  fontSizes: { xs: '0.8125rem', sm: '0.9375rem', md: '1.0625rem', lg: '1.1875rem', xl: '1.375rem' },
  components: {
    // 48 px high controls: comfortable for a thumb and for tired eyes
    Button: { defaultProps: { size: 'md' }, styles: { root: { minHeight: 48, fontWeight: 650 } } },
    TextInput: { defaultProps: { size: 'md' } },
    PasswordInput: { defaultProps: { size: 'md' } },
    NativeSelect: { defaultProps: { size: 'md' } },
    Textarea: { defaultProps: { size: 'md' } },
    Modal: { defaultProps: { radius: 20, centered: true, padding: 'lg', overlayProps: { backgroundOpacity: 0.5 } } },
  },
});

/** Mantine's own variables are pointed at ours, so that both halves of the page share one set of colours. */
const shared = {
  '--mantine-color-body': 'var(--paper)',
  '--mantine-color-text': 'var(--ink)',
  '--mantine-color-dimmed': 'var(--ink-soft)',
  '--mantine-color-placeholder': 'var(--ink-soft)',
  '--mantine-color-default': 'var(--card)',
  '--mantine-color-default-hover': 'var(--hover)',
  '--mantine-color-default-color': 'var(--ink)',
  '--mantine-color-default-border': 'var(--line-strong)',
  '--mantine-color-error': 'var(--bad)',
};

// In both schemes and not in `variables`: Mantine's own values for a scheme would win over those.
export const cssVariables: CSSVariablesResolver = () => ({
  variables: { '--mantine-line-height': '1.55' }, light: shared, dark: shared,
});

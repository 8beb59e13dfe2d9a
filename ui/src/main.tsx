import './app/styles';
import { MantineProvider } from '@mantine/core';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { inMemoryColorScheme } from './app/colorScheme';
import { prepareDocument } from './app/security';
import { cssVariables, theme } from './app/theme';

// Before anything renders: the first <style> already needs the nonce and the Trusted Types policy.
const nonce = prepareDocument();
const root = document.getElementById('root');
if (!root) throw new Error('no #root in the page');

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto"
      colorSchemeManager={inMemoryColorScheme()} getStyleNonce={() => nonce}
    >
      <App />
    </MantineProvider>
  </StrictMode>,
);

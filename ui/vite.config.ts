import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The server embeds ui/dist and sends a strict Content-Security-Policy: nothing may be inlined.
export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: { '/api': 'http://127.0.0.1:8480' },
  },
});

/** Builds the console: static files that the listener of the API serves under /console/. */
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react(), leaveOutFonts()],
  build: {
    outDir: '../dist/console/www',
    emptyOutDir: true,
    // A small file as a data: address would be refused by the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A test bounds what the first page loads.
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
  },
});

/** Cloudscape has its font in its styles, as data: addresses of 140 kB compressed. Without it, the system's font is taken. */
function leaveOutFonts(): Plugin {
  const embedded = /@font-face\s*\{[^}]*url\(\s*['"]?data:[^}]*\}/g;
  return {
    name: 'leave-out-fonts',
    enforce: 'pre',
    transform: (code, id) =>
      /\.css($|\?)/.test(id) ? { code: code.replace(embedded, ''), map: null } : undefined,
  };
}

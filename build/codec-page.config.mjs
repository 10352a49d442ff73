// npm run build: the script of the page that decodes and encodes videos in a Chromium (src/node/chromium/page-server.ts), in one file.
import { defineConfig } from 'vite'

export default defineConfig({
  logLevel: 'warn',
  // The licence of mediabunny asks for its notice.
  esbuild: { legalComments: 'inline' },
  build: {
    outDir: 'dist/codec-page',
    lib: { entry: 'src/renderer/clips/codec-page.ts', formats: ['es'], fileName: () => 'page.js' },
    target: 'esnext',
  },
})

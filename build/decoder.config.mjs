// npm run build: the script of the page that decodes videos for the command line (src/node/clips/decoder-server.ts), in one file.
import { defineConfig } from 'vite'

export default defineConfig({
  logLevel: 'warn',
  // The licence of mediabunny asks for its notice.
  esbuild: { legalComments: 'inline' },
  build: {
    outDir: 'dist/decoder',
    lib: { entry: 'src/renderer/clips/decoder-page.ts', formats: ['es'], fileName: () => 'page.js' },
    target: 'esnext',
  },
})

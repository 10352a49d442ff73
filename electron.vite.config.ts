import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

/**
 * The window and the bridge to it. The main process is built by tsc with everything else of Node, so that its files
 * keep their places relative to each other.
 */
export default defineConfig({
  preload: {
    build: {
      outDir: 'dist/preload',
      lib: { entry: 'src/preload/index.ts', formats: ['cjs'], fileName: () => 'index.cjs' },
      // A sandboxed preload is one CommonJS file.
      externalizeDeps: false,
    },
  },
  renderer: {
    root: 'src/renderer',
    // The licence of mediabunny asks for its notice.
    esbuild: { legalComments: 'inline' },
    build: {
      outDir: 'dist/renderer',
      emptyOutDir: true,
      minify: true,
      // Files of their own, never data: addresses: the window's policy allows scripts and styles from itself only.
      assetsInlineLimit: 0,
      rollupOptions: { input: 'src/renderer/index.html' },
    },
    plugins: [vue()],
  },
})

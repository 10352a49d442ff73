import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/equal-bytes.ts', 'test/software-driver.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // Two runtimes that both want two cores wait for each other, and turn round meanwhile.
    env: { OMP_NUM_THREADS: '1' },
  },
})

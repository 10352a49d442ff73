import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [vue()],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/equal-bytes.ts', 'test/software-driver.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Many wait for Chromium, or for a process that is killed and started again, and leave a third of two cores idle.
    maxWorkers: 3,
    // Two runtimes that both want two cores wait for each other, and turn round meanwhile.
    env: { OMP_NUM_THREADS: '1' },
  },
})

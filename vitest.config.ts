import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

/** Those that open a studio, which lasts as long as its file. */
const studios = 'test/unit/studio-*.test.ts'

export default defineConfig({
  plugins: [vue()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...{ name: 'small', include: ['test/{unit,ort,downloads}/**/*.test.ts'], exclude: [studios] },
          // To load all modules anew for each file would take a quarter of their time.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: 'large', include: ['test/!(unit|ort|downloads)/**/*.test.ts', studios] },
      },
    ],
    setupFiles: ['test/equal-bytes.ts', 'test/software-driver.ts'],
    // A machine that computes with other tests meanwhile answers late.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 90_000 } },
    // As many as the cores that it is meant for: a third filled their idle time and took a tenth longer for all.
    maxWorkers: 2,
    // Two runtimes that both want two cores wait for each other, and turn round meanwhile.
    env: { OMP_NUM_THREADS: '1' },
  },
})

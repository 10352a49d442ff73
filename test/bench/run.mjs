import { runMain } from '../../build/run-main.mjs'

await runMain(new URL('./bench.ts', import.meta.url))

import { runMain } from '../../build/run-main.mjs'

await runMain(new URL('./full-size.ts', import.meta.url))

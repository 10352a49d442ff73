import { runMain } from '../../build/run-main.mjs'

await runMain(new URL('./screenshots.ts', import.meta.url))

import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

// Runs the TypeScript of the test on every Node that Mien runs on.
const { module } = await runnerImport(fileURLToPath(new URL('./full-size.ts', import.meta.url)), {
  logLevel: 'error',
})
process.exitCode = await module.main(process.argv.slice(2))

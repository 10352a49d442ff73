import { fileURLToPath } from 'node:url'
import { runnerImport } from 'vite'

// Runs the TypeScript of an evaluation on every Node that Mien runs on.
const [evaluation, ...args] = process.argv.slice(2)
const { module } = await runnerImport(fileURLToPath(new URL(`./${evaluation}.ts`, import.meta.url)), {
  logLevel: 'error',
})
process.exitCode = await module.main(args)

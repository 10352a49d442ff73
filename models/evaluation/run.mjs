import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

// Runs the TypeScript of an evaluation on every Node that Mien runs on. The server stays until the evaluation ends, which loads some of it late.
const [evaluation, ...args] = process.argv.slice(2)
const server = await createServer({
  configFile: false,
  envDir: false,
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
})
const { main } = await server.ssrLoadModule(fileURLToPath(new URL(`./${evaluation}.ts`, import.meta.url)))
process.exitCode = await main(args)
await server.close()

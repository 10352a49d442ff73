import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

/**
 * Runs `main` of a TypeScript module with the command line's arguments, on every Node that Mien runs on; the exit code is what it
 * resolves to. Modules can be imported for as long as it runs: sharp is, with the first picture.
 *
 * @param {URL} url
 * @param {readonly string[]} args
 */
export async function runMain(url, args = process.argv.slice(2)) {
  const server = await createServer({
    ...{ configFile: false, envFile: false, appType: 'custom', logLevel: 'error' },
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, ws: false, hmr: false, watch: null },
  })
  try {
    const { main } = await server.ssrLoadModule(fileURLToPath(url))
    process.exitCode = await main(args)
  } finally {
    await server.close()
  }
}

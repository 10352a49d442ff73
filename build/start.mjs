// npm start: opens the app, or, where Electron's program cannot be had or does not start, the same window in a browser.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const electron = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
/** A program that ends so early with an error did not start, in milliseconds. */
const early = 15_000
/** Milliseconds; a hundred megabytes over a slow line. */
const longestFetch = 600_000

/** Electron's program, or undefined if it is not there. */
function program() {
  const pathFile = join(electron, 'path.txt')
  if (!existsSync(pathFile)) return undefined
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(electron, 'dist')
  const path = join(folder, readFileSync(pathFile, 'utf8'))
  return existsSync(path) ? path : undefined
}

/** npm ci runs no install scripts here (.npmrc), so the program is fetched when it is first wanted. */
function fetchProgram() {
  if (process.env.ELECTRON_SKIP_BINARY_DOWNLOAD) return
  console.error('Fetching Electron once, about 100 megabytes …')
  const script = join(electron, 'install.js')
  spawnSync(process.execPath, [script], { stdio: ['ignore', 'inherit', 'ignore'], timeout: longestFetch })
}

/** Runs the app; false if it did not start. */
function runApp(path) {
  const begin = Date.now()
  return new Promise((resolve) => {
    const child = spawn(path, [root], { stdio: 'inherit' })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0 || code === null || Date.now() - begin > early))
  })
}

async function main(options) {
  if (program() === undefined) fetchProgram()
  const path = program()
  if (path !== undefined && (await runApp(path))) return
  const why = path === undefined ? 'cannot be had here' : 'does not start here'
  console.error(`Electron ${why}; Mien opens in your browser instead.`)
  process.argv.splice(2, options.length, 'serve', ...options)
  await import('../dist/node/cli/main.js')
}

await main(process.argv.slice(2))

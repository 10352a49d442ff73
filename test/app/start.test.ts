import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const script = join(import.meta.dirname, '..', '..', 'build', 'start.mjs')
const homes: string[] = []
const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

// Windows has no signal that a process could be asked with.
test.skipIf(process.platform === 'win32')(
  'npm start opens the window in a browser where there is no Electron, and Ctrl-C ends it',
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'mien-start-'))
    homes.push(home)
    const child = spawn(process.execPath, [script, '--no-open', '--json'], {
      // A folder without a program stands for a machine that cannot have it.
      env: {
        ...process.env,
        MIEN_HOME: home,
        ELECTRON_SKIP_BINARY_DOWNLOAD: '1',
        ELECTRON_OVERRIDE_DIST_PATH: home,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    let told = ''
    child.stderr.on('data', (data) => {
      told += data
    })
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (data) => resolve(String(data)))
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${told}`)))
    })
    expect(told).toMatch(/Electron cannot be had here; Mien opens in your browser instead/)
    const { url } = JSON.parse(line) as { url: string }
    const page = await fetch(url)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('<title>Mien</title>')
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.once('exit', resolve))
    expect(code).toBe(0)
  },
)

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bridge } from '../../src/shared/bridge.ts'
import { electronProgram } from './electron-program.ts'

const program = electronProgram()
const root = join(import.meta.dirname, '..', '..')

/** The window's global object, as far as it concerns these tests. */
declare const mien: Bridge

describe.runIf(program !== undefined)(
  "the app on Electron's own program (skipped where it is missing)",
  () => {
    const home = mkdtempSync(join(tmpdir(), 'mien-electron-'))
    let app: ElectronApplication
    let page: Page

    beforeAll(async () => {
      // Without a display of its own, on Linux: xvfb-run.
      const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
      const options = { executablePath: program!, args: [root, ...sandbox] }
      app = await _electron.launch({
        ...options,
        env: { ...process.env, MIEN_HOME: home } as Record<string, string>,
      })
      page = await app.firstWindow()
      await page.waitForLoadState('load')
    })
    afterAll(async () => {
      await app?.close()
      rmSync(home, { recursive: true, force: true })
    })

    test('shows the window from its own protocol', async () => {
      expect(page.url()).toMatch(/^mien:\/\/window\//)
      expect(await page.title()).toContain('Mien')
      expect(await page.evaluate(() => document.getElementById('app')!.childElementCount)).toBeGreaterThan(0)
    })

    test('gives the page nothing of Node or Electron but the bridge', async () => {
      const found = await page.evaluate(() =>
        ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].filter(
          (name) => name in globalThis,
        ),
      )
      expect(found).toEqual([])
      expect(await page.evaluate(() => Object.keys(mien).sort())).toEqual([
        'call',
        'on',
        'save',
        'showFolder',
        'upload',
      ])
    })

    test('answers calls, binary and all, and refuses bad ones', async () => {
      expect(await page.evaluate(() => mien.call('studio.about', {}))).toMatchObject({ ok: { host: 'app' } })
      expect(await page.evaluate(() => mien.call('studio.about', { more: 1 }))).toMatchObject({
        failure: { code: 'wrong-use' },
      })
      const error = await page.evaluate(() => mien.call('window:save', {}).catch((error) => String(error)))
      expect(error).toContain('no such command')
    })

    test('runs the engine in a process of its own', async () => {
      const answer = await page.evaluate(() => mien.call('devices.list', { again: true }))
      expect(answer).toMatchObject({
        ok: expect.arrayContaining([expect.objectContaining({ provider: 'cpu', works: true })]),
      })
    })

    test('stays where it is, and has no way out', async () => {
      const reached = await page.evaluate(async () => {
        location.href = 'https://mien.example/'
        const opened = window.open('https://mien.example/')
        const fetched = await fetch('https://mien.example/').then(
          () => true,
          () => false,
        )
        const evaluated = await new Promise((resolve) => {
          const script = document.createElement('script')
          script.textContent = 'globalThis.ran = true'
          document.body.append(script)
          setTimeout(() => resolve('ran' in globalThis), 100)
        })
        const media = await navigator.permissions.query({ name: 'microphone' as PermissionName })
        return [opened === null, fetched, evaluated, media.state]
      })
      expect(reached).toEqual([true, false, false, 'denied'])
      expect(page.url()).toMatch(/^mien:\/\/window\//)
      expect(app.windows()).toHaveLength(1)
    })

    test('keeps what belongs to the user in its place', () => {
      expect(readdirSync(home)).toEqual(expect.arrayContaining(['browser']))
    })
  },
)

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bridge } from '../../src/shared/bridge.ts'
import { packagedApp, readFuses } from './electron-program.ts'

declare const mien: Bridge

/** The fuse against inspection also keeps Playwright out, so the page is reached through Chromium's own port. */
describe.runIf(packagedApp !== undefined)(
  'the packaged app (skipped unless MIEN_APP names its program)',
  () => {
    const home = mkdtempSync(join(tmpdir(), 'mien-packaged-'))
    let child: ChildProcess
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      const argv = ['--remote-debugging-port=0', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])]
      child = spawn(packagedApp!, argv, {
        env: { ...process.env, MIEN_HOME: home },
        stdio: ['ignore', 'inherit', 'pipe'],
      })
      const address = await new Promise<string>((resolve, reject) => {
        let told = ''
        child.stderr!.on('data', (data) => {
          told += data
          const found = /DevTools listening on (ws:\S+)/.exec(told)?.[1]
          if (found !== undefined) resolve(found)
        })
        child.once('exit', (code) => reject(new Error(`ended with ${code}: ${told}`)))
      })
      browser = await chromium.connectOverCDP(address)
      const [context] = browser.contexts()
      page = context!.pages()[0] ?? (await context!.waitForEvent('page'))
      await page.waitForLoadState('load')
    })
    afterAll(async () => {
      await browser?.close()
      child?.kill()
      rmSync(home, { recursive: true, force: true })
    })

    test('has its fuses set', () => {
      // On macOS they are in the framework, which the workflow names.
      expect(readFuses(process.env.MIEN_FUSES || packagedApp!)).toEqual({
        runAsNode: false,
        enableCookieEncryption: true,
        enableNodeOptionsEnvironmentVariable: false,
        enableNodeCliInspectArguments: false,
        enableEmbeddedAsarIntegrityValidation: true,
        onlyLoadAppFromAsar: true,
        loadBrowserProcessSpecificV8Snapshot: false,
        grantFileProtocolExtraPrivileges: false,
      })
    })

    test('is no Node', async () => {
      const ran = await new Promise<string>((resolve) => {
        const node = spawn(packagedApp!, ['-e', 'console.log("ran " + process.versions.node)'], {
          env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', MIEN_HOME: home },
          stdio: ['ignore', 'pipe', 'ignore'],
        })
        let told = ''
        node.stdout.on('data', (data) => {
          told += data
        })
        // As a second instance of the app it hands over to the first and ends.
        node.once('exit', () => resolve(told))
      })
      expect(ran).not.toContain('ran')
    })

    test('shows its window, and computes with its native code out of the archive', async () => {
      expect(page.url()).toMatch(/^mien:\/\/window\//)
      expect(await page.evaluate(() => mien.call('studio.about', {}))).toMatchObject({ ok: { host: 'app' } })
      expect(await page.evaluate(() => mien.call('models.list', {}))).toMatchObject({
        ok: [{ origin: 'embedded' }],
      })
      expect(await page.evaluate(() => mien.call('devices.list', { again: true }))).toMatchObject({
        ok: expect.arrayContaining([expect.objectContaining({ provider: 'cpu', works: true })]),
      })
    })
  },
)

import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serve } from '../downloads/file-server.ts'
import { axeFindings } from './axe.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const tiny64 = join(import.meta.dirname, '..', 'fixtures', 'tiny64')
const names = ['generator.pkl', 'fan-torchscript.zip', 'vgg16-lpips.pt']
const files = Object.fromEntries(names.map((name) => [`/${name}`, readFileSync(join(tiny64, name))]))

/** Bytes of the generator that come before nothing more does. */
let stallsAfter: number | undefined = 700_000

function mirror(): Promise<Server> {
  const server = createServer((request, response) => {
    const file = files[request.url!]!
    if (request.url !== '/generator.pkl' || stallsAfter === undefined) {
      serve(file, response, request.headers.range, request.headers['if-range'] as string, '"one"')
    } else {
      response
        .writeHead(200, { etag: '"one"', 'content-length': file.length })
        .write(file.subarray(0, stallsAfter))
    }
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

describe.skipIf(!hasChromium)('models are downloaded in the window', () => {
  let studio: Studio
  let page: Page
  let server: Server
  beforeAll(async () => {
    server = await mirror()
    studio = await openStudio()
    const { port } = server.address() as AddressInfo
    const listed = names.map((name) => ({
      url: `http://127.0.0.1:${port}/${name}`,
      bytes: files[`/${name}`]!.length,
    }))
    const licence = { name: 'Mine', url: 'https://example.com/licence', use: 'For tests.' }
    const set = { id: 'tiny', name: 'Tiny faces', licence, files: listed }
    writeFileSync(join(studio.home, 'mirror.json'), JSON.stringify([set]))
    page = await studio.open({ viewport: { width: 1024, height: 700 } })
  })
  afterAll(async () => {
    server.closeAllConnections()
    server.close()
    await studio.close()
  })

  const place = (name: string) => page.getByRole('navigation').getByRole('button', { name, exact: true })
  const card = () => page.getByRole('article', { name: 'Tiny faces' })

  test('from a catalogue of one’s own that the settings are given', async () => {
    await place('Settings').click()
    const chosen = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Choose a file' }).click()
    await (await chosen).setFiles(join(studio.home, 'mirror.json'))
    await page.getByText('A catalogue of your own').waitFor()
    await place('Models').click()
    await card().waitFor()
    expect(await card().textContent()).toContain('Licence: Mine. For tests.')
  })

  test('after the licence was accepted, by the keyboard alone', async () => {
    await card().getByRole('button', { name: 'Download' }).focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByText('https://example.com/licence').waitFor()
    await dialog.getByRole('button', { name: 'Accept and download' }).focus()
    await page.keyboard.press('Enter')
    await card().getByRole('progressbar').waitFor()
    await card()
      .getByText(/^3[.\d]* MB of 3[.\d]* MB|^2[.\d]* MB of 3[.\d]* MB/)
      .waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('paused, kept over a start of Mien anew, and gone on with', async () => {
    await card().getByRole('button', { name: 'Pause' }).click()
    await page.getByText('generator.pkl: 700 kB of 1.42 MB').waitFor()
    await studio.kill()
    await studio.start()
    await page.reload()
    await page.getByText('generator.pkl: 700 kB of 1.42 MB').waitFor()
    stallsAfter = undefined
    await card().getByRole('button', { name: 'Resume' }).click()
    await card().getByText('Installed').waitFor()
    await card().getByText('Let new projects start with “Tiny faces”').waitFor()
    await page.getByText('vgg16-lpips', { exact: true }).waitFor()
    expect(await page.getByText('Unfinished downloads').count()).toBe(0)
    // But for the server that was killed.
    expect(studio.defects.filter((defect) => !/net::ERR_/.test(defect))).toEqual([])
  })

  test.each([
    ['dark', 'en'],
    ['light', 'de'],
  ] as const)('and everything of it can be read, %s in %s', async (colorScheme, locale) => {
    const other = await studio.open({ colorScheme, locale, viewport: { width: 1024, height: 700 } })
    await other.keyboard.press('Alt+2')
    await other.getByRole('article').first().waitFor()
    await other.getByRole('article').first().locator('summary').click()
    expect(await axeFindings(other)).toEqual([])
    if (process.env.MIEN_SHOTS)
      await other.screenshot({ path: join(process.env.MIEN_SHOTS, `${colorScheme}.png`), fullPage: true })
    await other.close()
  })
})

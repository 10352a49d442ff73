import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpzFile } from '../cli/arrays.ts'
import { axeFindings } from './axe.ts'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { looksLike, looksOtherThan, seen } from './pixels.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('from a first start to an exported picture', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
  })
  afterAll(() => studio.close())

  const result = () => page.getByRole('img', { name: /^The result of / })
  const step = async () =>
    Number(/after ([\d,]+) steps/.exec((await result().getAttribute('alt')) ?? '')?.[1] ?? -1)
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const pane = (name: string) => page.getByRole('group', { name, exact: true })

  /** Drags with the pointer from the middle of something. */
  async function drag(from: Locator, byX: number, byY: number): Promise<void> {
    const { x, y } = await from.evaluate((element) => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return { x: left + width / 2, y: top + height / 2 }
    })
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + byX, y + byY, { steps: 5 })
    await page.mouse.up()
  }

  test('two photographs are dropped, and another face is cut out by hand', async () => {
    await drop(page, page.locator('main'), ['sample3.jpg', 'sample5.jpg'].map(photograph))
    await page.getByText('Looking for faces').first().waitFor()
    await button('Cut out sample3.jpg').click()
    const tool = page.getByRole('dialog', { name: 'Cut out the face' })
    const now = tool.getByRole('img', { name: 'After', exact: true })
    await now.waitFor()
    await tool.evaluate((opening) => Promise.all(opening.getAnimations().map(({ finished }) => finished)))
    const largest = await seen(now)
    await tool.getByRole('button', { name: 'Face 2' }).click()
    const second = await looksOtherThan(now, largest)

    await drag(tool.locator('.handle:not(.turn)').nth(2), 50, 50)
    const wider = await looksOtherThan(now, second)
    await page.keyboard.press('Control+z')
    await looksLike(now, second)
    await tool.getByRole('button', { name: 'Redo' }).click()
    await looksLike(now, wider)

    await tool.getByRole('combobox', { name: 'Drag' }).selectOption({ label: 'Groups of landmarks' })
    await drag(tool.getByRole('button', { name: 'Point 37, Left eye' }), 0, 25)
    await tool.getByRole('button', { name: 'Fit the square to the landmarks' }).click()
    const fitted = await looksOtherThan(now, wider)
    expect(await axeFindings(page), 'crop tool').toEqual([])
    await tool.getByRole('button', { name: 'Use this' }).click()
    await tool.waitFor({ state: 'detached' })
    await looksLike(pane('Look'), fitted)
  })

  test('a search runs', async () => {
    await button('Start').first().click()
    await seeDrawn(page)
    await expect.poll(step).toBeGreaterThan(2)
    expect(await axeFindings(page), 'workspace while it runs').toEqual([])
  })

  test('the picture follows a weight within two steps, and the change can be taken back', async () => {
    const before = await step()
    const lips = page.getByRole('textbox', { name: 'Inner lip' })
    await page.keyboard.press('9')
    await lips.fill('20')
    await lips.press('Enter')
    await expect.poll(step).toBeGreaterThan(before)
    await page.keyboard.press('Escape')
    await button('Undo').click()
    await expect.poll(() => lips.inputValue()).toBe('5')
    await button('Redo').click()
    await expect.poll(() => lips.inputValue()).toBe('20')
  })

  test('pause holds it, through a reload of the page; then it goes on', async () => {
    await button('Pause').click()
    await button('Resume').waitFor()
    const held = await step()
    await page.reload()
    await button('Resume').waitFor()
    await seeDrawn(page)
    await expect.poll(step).toBe(held)
    await button('Resume').click()
    await expect.poll(step).toBeGreaterThan(held)
  })

  test('stopped, it can be branched from an earlier moment', async () => {
    await button('Stop and keep the result').click()
    await button('Continue this run').waitFor()
    await page.getByRole('slider', { name: 'Moments of the run' }).press('Home')
    await page.getByRole('button', { name: /^Branch from step/ }).click()
    await expect.poll(step).toBeGreaterThan(1)
    await button('Stop and keep the result').click()
    await button('Continue this run').waitFor()
  })

  test('the result is compared with its targets by a line, in turn, and by difference', async () => {
    const shown = pane('Result')
    const alone = await seen(shown)
    const compare = button('Compare the result with a target')
    await compare.click()
    const line = page.getByRole('slider', { name: 'Line between target and result' })
    await drag(line, -2000, 0)
    expect(await line.getAttribute('aria-valuenow')).toBe('0')
    await looksLike(shown, alone)
    for (let i = 0; i < 5; i++) await line.press('PageUp')
    const target = await looksOtherThan(shown, alone)
    await looksLike(pane('Look'), target)
    expect(await axeFindings(page), 'comparison').toEqual([])

    const way = page.getByRole('combobox', { name: 'How to compare' })
    await way.selectOption({ label: 'In turn' })
    await looksLike(shown, alone)
    await looksLike(shown, target)
    await looksLike(shown, alone)

    await way.selectOption({ label: 'Difference' })
    await page.getByRole('img', { name: 'Where result and Look differ: brighter is further apart' }).waitFor()
    const toLook = await looksOtherThan(shown, target)
    await page
      .getByRole('combobox', { name: 'What to compare with' })
      .selectOption({ label: 'Expression and pose' })
    await looksOtherThan(shown, toLook)
    await compare.click()
    await looksLike(shown, alone)
  })

  test('pictures, latents and the film are exported whole, and so is the project, which opens again', async () => {
    const last = await step()
    await button('Export').click()
    const dialog = page.getByRole('dialog')
    const exported = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        dialog.getByRole('button', { name, exact: true }).click(),
      ])
      const path = join(studio.home, 'exported', download.suggestedFilename())
      await download.saveAs(path)
      return path
    }
    for (const [name, format] of [
      ['PNG', 'png'],
      ['JPEG', 'jpeg'],
      ['WebP', 'webp'],
      ['TIFF', 'tiff'],
    ] as const) {
      const { width, height, format: found } = await sharp(await exported(name)).metadata()
      expect([width, height, found]).toEqual([256, 256, format])
    }
    await dialog.getByText(' is in the browser’s downloads.').first().waitFor()
    await dialog
      .getByRole('combobox', { name: 'Size', exact: true })
      .selectOption({ label: '1024 × 1024 pixels' })
    await dialog.getByText('Enlarged from 256 × 256: larger, but with no more detail.').waitFor()
    const fine = readFileSync(await exported('JPEG'))
    await dialog.getByRole('slider', { name: 'Quality of JPEG and WebP' }).press('Home')
    const coarse = readFileSync(await exported('JPEG'))
    for (const file of [fine, coarse]) expect(await sharp(file).metadata()).toMatchObject({ width: 1024 })
    expect(coarse.length).toBeLessThan(fine.length / 2)
    expect(readNpzFile(await exported('npz')).get('w')?.shape).toEqual([1, 14, 128])
    expect(await playable(await exported('MP4'))).toMatchObject({ width: 1024, height: 256 })
    expect(await axeFindings(page), 'export').toEqual([])

    const packed = await exported('.mienz')
    await page.keyboard.press('Escape')
    // Keys of the window rest for as long as a dialog is there.
    await dialog.waitFor({ state: 'detached' })
    await page.keyboard.press('Alt+1')
    await page.getByRole('heading', { name: 'Projects', level: 1 }).waitFor()
    await drop(page, page.locator('main'), [packed])
    await page.getByRole('region', { name: 'Notices' }).getByRole('button', { name: 'Open' }).click()
    await seeDrawn(page)
    await expect.poll(step).toBe(last)
    expect(await page.getByRole('list', { name: 'Runs of the project' }).getByRole('listitem').count()).toBe(
      2,
    )
    expect(studio.defects).toEqual([])
  })

  /** What the browser makes of a film; rejects if it cannot play it. */
  function playable(path: string): Promise<{ width: number; height: number; seconds: number }> {
    return page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const film = document.createElement('video')
      film.src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }))
      await new Promise((resolve, reject) => {
        film.onloadeddata = resolve
        film.onerror = () => reject(new Error(film.error?.message))
      })
      return { width: film.videoWidth, height: film.videoHeight, seconds: film.duration }
    }, readFileSync(path).toString('base64'))
  }
})

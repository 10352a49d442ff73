import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNpzFile } from '../cli/arrays.ts'
import { axeFindings } from './axe.ts'
import { dropPhotographs } from './dropped.ts'
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
  const later = { timeout: 90_000 }

  test('two photographs are dropped, and a search runs', async () => {
    await dropPhotographs(page, page.locator('main'), ['sample3.jpg', 'sample5.jpg'])
    await button('Start').first().click(later)
    await expect.poll(step, later).toBeGreaterThan(2)
    expect(await axeFindings(page), 'workspace while it runs').toEqual([])
  })

  test('the picture follows a weight within two steps, and the change can be taken back', async () => {
    const before = await step()
    const lips = page.getByRole('textbox', { name: 'Inner lip' })
    await lips.fill('20')
    await lips.press('Enter')
    await expect.poll(step, later).toBeGreaterThan(before)
    await page.keyboard.press('Escape')
    await button('Undo').click()
    await expect.poll(() => lips.inputValue()).toBe('5')
    await button('Redo').click()
    await expect.poll(() => lips.inputValue()).toBe('20')
  })

  test('pause holds it, through a reload of the page; then it goes on', async () => {
    await button('Pause').click()
    await button('Go on').waitFor(later)
    const held = await step()
    await page.reload()
    await button('Go on').waitFor(later)
    await expect.poll(step, later).toBe(held)
    await button('Go on').click()
    await expect.poll(step, later).toBeGreaterThan(held)
  })

  test('stopped, it can be branched from an earlier moment', async () => {
    await button('Stop and keep the result').click()
    await button('Go on with this run').waitFor(later)
    await page.getByRole('slider', { name: 'Moments of the run' }).press('Home')
    await page.getByRole('button', { name: /^Branch from step/ }).click(later)
    await expect.poll(step, later).toBeGreaterThan(1)
    await button('Stop and keep the result').click()
    await button('Go on with this run').waitFor(later)
  })

  test('pictures and latents are exported whole', async () => {
    await button('Export').click()
    const dialog = page.getByRole('dialog')
    const exported = async (name: string) => {
      const [download] = await Promise.all([
        page.waitForEvent('download', later),
        dialog.getByRole('button', { name, exact: true }).click(),
      ])
      return download.path()
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
    expect(readNpzFile(await exported('npz')).get('w')?.shape).toEqual([1, 14, 128])
    expect(await axeFindings(page), 'export').toEqual([])
    expect(studio.defects).toEqual([])
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { pixelsOf } from './pixels.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('photographs stay photographs', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
  })
  afterAll(() => studio.close())

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true })
  const large = () =>
    page.getByRole('img', { name: 'The photograph of the look with the other expression and pose' })
  /** The photograph that is shown, to the pixel. */
  const pixels = () => pixelsOf(large())
  const kind = (name: string) => page.getByText(name, { exact: true }).first()

  test('from two dropped photographs to an exported one it takes three gestures', async () => {
    await drop(page, page.locator('main'), ['sample6.jpg', 'sample1.jpg'].map(photograph))
    await large().waitFor()
    await button('Export').click()
    const download = page.waitForEvent('download')
    await page.getByRole('dialog', { name: 'Export' }).getByRole('button', { name: 'PNG' }).first().click()
    const file = readFileSync(await (await download).path())
    const { width, height, xmp } = await sharp(file).metadata()
    expect([width, height]).toEqual([398, 398])
    expect(String(xmp)).toContain('compositeWithTrainedAlgorithmicMedia')
    expect(await axeFindings(page), 'export').toEqual([])
    await page.keyboard.press('Escape')
    await page.getByText('Pictures of people belong to them').waitFor()
    expect(await axeFindings(page), 'workspace').toEqual([])
  })

  test('the photograph follows weights, the eyes and undo', async () => {
    const smiling = await pixels()
    await page.keyboard.press('9')
    const lips = page.getByRole('textbox', { name: 'Inner lip' })
    await lips.fill('0')
    await lips.press('Enter')
    await expect.poll(pixels).not.toBe(smiling)
    const closed = await pixels()
    await page.getByText('The other picture’s', { exact: true }).click()
    await expect.poll(pixels).not.toBe(closed)
    await button('Undo').click()
    await expect.poll(pixels).toBe(closed)
    await button('Undo').click()
    await expect.poll(pixels).toBe(smiling)
  })

  test('the whole photograph shows before and after', async () => {
    await button('Show the whole photograph').click()
    const dialog = page.getByRole('dialog', { name: 'The whole photograph' })
    await dialog.getByRole('img', { name: 'The photograph as it was' }).waitFor()
    const line = dialog.getByRole('slider', { name: 'Line between before and after' })
    await line.focus()
    await page.keyboard.press('PageDown')
    expect(await line.getAttribute('aria-valuenow')).toBe('30')
    expect(await axeFindings(page), 'whole photograph').toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('a search draws in the corner, and either can be large', async () => {
    await button('Start').click()
    await button('Show what the search has drawn').click()
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    await button('Show the photograph').click()
    await large().waitFor()
    await kind('Drawn').click()
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    await kind('Photograph').click()
    await large().waitFor()
    await button('Stop and keep the result').click()
    const pictured = await pixels()
    await page.getByText('As drawn', { exact: true }).click()
    await expect.poll(pixels).not.toBe(pictured)
    await page.getByText('As in the picture', { exact: true }).click()
    await expect.poll(pixels).toBe(pictured)
  })

  test('what is shown stays through a reload of the page', async () => {
    await kind('Drawn').click()
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    await page.waitForTimeout(2000)
    await page.reload()
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    expect(await large().count()).toBe(0)
    await kind('Photograph').click()
    await large().waitFor()
  })

  test('what a warp cannot do is said', async () => {
    await page.getByRole('button', { name: 'Projects', exact: true }).click()
    await drop(page, page.locator('main'), ['sample5.jpg', 'sample2.jpg'].map(photograph))
    await page.getByText('The two heads are turned too differently').waitFor()
    expect(studio.defects).toEqual([])
  })

  test('a drawing stays drawn, and can be seen as a photograph', async () => {
    await page.getByRole('button', { name: 'Projects', exact: true }).click()
    await drop(page, page.locator('main'), [
      join(import.meta.dirname, '../../models/examples/look.png'),
      photograph('sample1.jpg'),
    ])
    await page.getByText('Press Start, or the space bar').waitFor()
    await kind('Photograph').click()
    await large().waitFor()
  })
})

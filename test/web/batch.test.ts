import { readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('a run for each of several pictures', () => {
  let studio: Studio
  let page: Page
  const button = (name: string | RegExp) => page.getByRole('button', { name })
  const dialog = () => page.getByRole('dialog', { name: 'Variations' })
  const tiles = () => dialog().locator('.tile')
  const names = () => tiles().locator('.name').allTextContents()
  const choice = (name: string) => dialog().getByRole('combobox', { name })

  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(60_000)
    await drop(page, page.locator('main'), ['sample6.jpg', 'sample1.jpg'].map(photograph))
    await page
      .getByRole('img', { name: 'The photograph of the look with the other expression and pose' })
      .waitFor()
  })
  afterAll(() => studio.close())

  async function download(name: string): Promise<Buffer> {
    const saved = page.waitForEvent('download')
    await dialog().getByRole('button', { name }).first().click()
    return readFileSync(await (await saved).path())
  }

  test('is offered when they are given together, and queued in one gesture', async () => {
    const given = ['sample2.jpg', 'sample3.jpg', 'sample4.jpg'].map(photograph)
    await drop(page, page.locator('[data-target="landmarks"]'), given)
    await button('A run for each …').click()
    expect(await choice('What varies').inputValue()).toBe('landmarks')
    await expect.poll(() => dialog().locator('[aria-pressed="true"]').count()).toBe(3)
    const steps = dialog().getByRole('textbox', { name: 'Steps each' })
    await steps.fill('3')
    await steps.press('Tab')
    await dialog().getByRole('button', { name: 'Queue 3 runs' }).click()
    await dialog().getByText('3 of 3 done').waitFor()
    expect(await names()).toEqual(['sample2', 'sample3', 'sample4'])
    expect(await axeFindings(page)).toEqual([])
  })

  test('shows photographs as photographs, and puts the closest first', async () => {
    await choice('Order').selectOption({ label: 'Closest to the look first' })
    const distances = () =>
      tiles()
        .locator('.facts')
        .evaluateAll((facts) => facts.map(({ textContent }) => Number.parseFloat(textContent!)))
    // Drawn faces are further from a photograph's.
    await expect.poll(async () => Math.max(...(await distances()))).toBeLessThan(0.6)
    const found = await distances()
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect((await names()).toSorted()).toEqual(['sample2', 'sample3', 'sample4'])
  })

  test('is taken out as one folder or one sheet, in that order', async () => {
    const files = unzipSync(await download('Export as a zip'))
    expect(Object.keys(files).toSorted()).toEqual(
      ['sample2', 'sample3', 'sample4'].flatMap((name) => [`${name}.npz`, `${name}.png`]),
    )
    // A photograph has the size of its square, not the generator's.
    expect((await sharp(files['sample2.png']).metadata()).width).not.toBe(256)
    const sheet = await sharp(await download('Export as one sheet')).metadata()
    expect(sheet.width).toBeGreaterThan(6 * 256)
    expect(sheet.height).toBeGreaterThan(2 * 256)
  })

  test('is stopped as a whole, and is there again after the page was closed in the middle', async () => {
    await choice('Order').selectOption({ label: 'As chosen' })
    await dialog().getByRole('button', { name: 'All', exact: true }).click()
    const steps = dialog().getByRole('textbox', { name: 'Steps each' })
    await steps.fill('5000')
    await steps.press('Tab')
    await dialog().getByRole('button', { name: 'Queue 5 runs' }).click()
    await expect.poll(() => tiles().count()).toBe(8)
    await page.reload()
    await page.locator('[data-target="look"]').waitFor()
    await page.keyboard.press('v')
    await dialog()
      .getByText(/0 of 5 done/)
      .waitFor()
    await dialog().getByRole('button', { name: 'Stop the rest' }).click()
    await dialog().getByRole('button', { name: 'Stop the rest' }).waitFor({ state: 'detached' })
    const facts = await tiles().locator('.facts').allTextContents()
    expect(facts.slice(0, 5).filter((text) => /Waiting|Step/.test(text))).toEqual([])
  })

  test('opens in a run by the keyboard', async () => {
    const tile = dialog().getByRole('button', { name: 'Show sample2' }).last()
    await tile.focus()
    await page.keyboard.press('Enter')
    await dialog().waitFor({ state: 'detached' })
    await page.getByText('sample2', { exact: true }).first().waitFor()
    expect(studio.defects).toEqual([])
  })
})

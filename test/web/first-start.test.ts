import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('a first start', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1024, height: 700 } })
  })
  afterAll(() => studio.close())

  const place = (name: string) => page.getByRole('navigation').getByRole('button', { name, exact: true })

  test('one picture is dropped on its place, and nothing stays above the window', async () => {
    await drop(page, page.locator('.welcome .place').first(), [photograph('sample3.jpg')])
    await page.getByText('sample3.jpg').first().waitFor()
    await page.locator('.veil').waitFor({ state: 'detached' })
    expect(studio.defects).toEqual([])
  })

  test('the bin is left by the ways that lead to the projects', async () => {
    await place('Projects').click()
    await page.locator('[role=gridcell]').first().click()
    await page.keyboard.press('Delete')
    const bin = page.getByRole('heading', { name: 'Bin', level: 1 })
    for (const leave of [
      () => place('Projects').click(),
      () => page.keyboard.press('Alt+1'),
      () => page.evaluate(() => history.back()),
      () => page.keyboard.press('Escape'),
    ]) {
      await page.getByRole('button', { name: /^Bin/ }).click()
      await bin.waitFor()
      await leave()
      await bin.waitFor({ state: 'detached' })
    }
    await page.getByRole('button', { name: /^Bin/ }).click()
    await page.reload()
    await bin.waitFor()
    expect(studio.defects).toEqual([])
  })
})

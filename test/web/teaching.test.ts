import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { full } from '../full.ts'
import { axeFindings } from './axe.ts'
import { pixelsOf } from './pixels.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

// It computes for a minute; without a window its parts are tested faster (studio-moving, workspace-moved-face).
describe.runIf(full && hasChromium)('a generator is taught a face', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
    await page.getByText('Example').first().dblclick()
  })
  afterAll(() => studio.close())

  const pixels = () => pixelsOf(page.getByRole('img', { name: /^The result of/ }).first())
  const undo = () => page.getByRole('button', { name: 'Undo', exact: true }).click()

  test('which then follows regions, points and undo', { timeout: 400_000 }, async () => {
    await page.getByRole('button', { name: 'Teach the generator this face' }).click()
    await page.getByText('this face moves').waitFor({ timeout: 300_000 })
    await page.waitForTimeout(2000)
    const taught = await pixels()
    await page.keyboard.press('9')
    const lips = page.getByRole('textbox', { name: 'Inner lip' })
    await lips.fill('0')
    await lips.press('Enter')
    await expect.poll(pixels).not.toBe(taught)
    await undo()
    await expect.poll(pixels).toBe(taught)
    expect(await axeFindings(page)).toEqual([])
    await page
      .getByRole('button', { name: 'Models' })
      .or(page.getByRole('link', { name: 'Models' }))
      .click()
    await page.getByText('Taught a face').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(studio.defects).toEqual([])
  })
})

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cut } from './covered.ts'
import { seeDrawn } from './drawn.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const sizes = [
  { width: 700, height: 900 },
  { width: 1024, height: 700 },
  { width: 1440, height: 900 },
]

describe.skipIf(!hasChromium)('in windows of every size', () => {
  let studio: Studio
  beforeAll(async () => {
    studio = await openStudio()
    const page = await studio.open()
    await page.getByRole('gridcell', { name: /^Example/ }).waitFor()
    await page.context().close()
    await studio.kill()
    // As a run on photographs ends: its person was compared with that of the look.
    const runs = join(studio.home, 'projects/Example.mien/runs')
    const card = join(runs, readdirSync(runs)[0]!, 'card.json')
    writeFileSync(card, JSON.stringify({ ...JSON.parse(readFileSync(card, 'utf8')), identity: 0.43 }))
    await studio.start()
  })
  afterAll(async () => {
    expect(studio.defects).toEqual([])
    await studio.close()
  })

  /** Opens a window with the example in it. */
  async function inExample(locale: string, name: string): Promise<Page> {
    const page = await studio.open({ locale, viewport: sizes[2]! })
    await page.getByRole('gridcell', { name: new RegExp(`^${name}`) }).dblclick()
    // What is shown of a project is kept: another window may have chosen the drawing.
    await page
      .getByRole('img', { name: /^(The photograph of the look|Das Foto für das Aussehen|Das Ergebnis von) / })
      .first()
      .waitFor()
    return page
  }

  test.each([
    ['en-GB', 'Example'],
    ['de-DE', 'Beispiel'],
  ])('nothing that can be pressed is cut off, %s', async (locale, name) => {
    const page = await inExample(locale, name)
    for (const place of ['workspace', 'Control+e', 'v', '?', 'Alt+1', 'Alt+2', 'Alt+3']) {
      if (place !== 'workspace') await page.keyboard.press(place)
      const isDialog = place !== 'workspace' && !place.startsWith('Alt')
      if (isDialog) await page.getByRole('dialog').waitFor()
      for (const size of sizes) {
        await page.setViewportSize(size)
        await page.waitForTimeout(300)
        expect(await cut(page), `${place} ${size.width}`).toEqual([])
      }
      if (isDialog) {
        await page.keyboard.press('Escape')
        await page.getByRole('dialog').waitFor({ state: 'detached' })
      }
    }
    await page.context().close()
  })

  test('what the run has to say leaves the chart in view', async () => {
    const page = await inExample('en-GB', 'Example')
    await seeDrawn(page)
    await page.getByText(/ike the person of the look/).waitFor()
    await page.keyboard.press('g')
    await page.locator('.chart canvas').waitFor()
    const { scrolled, chart } = await page.locator('.workspace > .main').evaluate((main) => ({
      scrolled: main.scrollHeight - main.clientHeight,
      chart: main.querySelector('.chart canvas')!.getBoundingClientRect().height,
    }))
    expect(scrolled).toBeLessThanOrEqual(0)
    expect(chart).toBeGreaterThan(100)
    await page.context().close()
  })

  test('names that Mien gave are those of the language', async () => {
    const page = await inExample('de-DE', 'Beispiel')
    await seeDrawn(page, 'Gezeichnet')
    await page.getByRole('img', { name: /^Das Ergebnis von Lauf 1 / }).waitFor()
    expect(await page.getByRole('list', { name: 'Läufe des Projekts' }).textContent()).toContain('Lauf 1')
    const name = page.getByRole('textbox', { name: 'Name des Projekts' })
    expect(await name.inputValue()).toBe('Beispiel')
    await name.fill('Mein Gesicht')
    await name.press('Enter')
    await page.keyboard.press('Alt+1')
    await page.getByRole('gridcell', { name: /^Mein Gesicht/ }).waitFor()
    await page.context().close()
  })
})

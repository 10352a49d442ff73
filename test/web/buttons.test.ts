import type { Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { seeDrawn } from './drawn.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('every button of a screen', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
  })
  afterEach(() => expect(studio.defects).toEqual([]))
  afterAll(() => studio.close())

  const titled = (title: string) => page.getByRole('heading', { name: title, level: 1 })
  const place = (name: string) =>
    page.getByRole('navigation', { name: 'Places' }).getByRole('button', { name })

  /**
   * Presses all that do not say that they open something, each once, and sees that none does: it would be missed where those
   * are tried that say so. Goes back wherever one leads away.
   */
  async function pressAll(here: Locator): Promise<number> {
    await here.waitFor()
    const pressed: string[] = []
    for (;;) {
      const name = await page.evaluate((before) => {
        for (const button of document.querySelectorAll<HTMLElement>('button:enabled:not([aria-haspopup])')) {
          const name = `${button.getAttribute('aria-label')} ${button.textContent}`.replace(/\d+/g, '#')
          if (before.includes(name) || !button.checkVisibility() || button.closest('nav')) continue
          button.click()
          return name
        }
        return null
      }, pressed)
      if (name === null) return pressed.length
      pressed.push(name)
      // What it leads to is there once the window has drawn again.
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 100))))
      expect(await page.locator('[role=menu], [role=dialog], [role=listbox]').count(), name).toBe(0)
      if ((await here.count()) === 0) await page.goBack()
      await here.waitFor()
      expect(studio.defects, name).toEqual([])
    }
  }

  test('of the first start', async () => {
    expect(await pressAll(titled('One face, two pictures'))).toBeGreaterThan(2)
  })

  test('of a workspace, which is left with all of them pressed', async () => {
    await page.getByRole('gridcell', { name: /^Example/ }).dblclick()
    await seeDrawn(page)
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    expect(await pressAll(page.getByRole('textbox', { name: 'Name of the project' }))).toBeGreaterThan(15)
    await place('Models').click()
  })

  test.each(['Models', 'Settings'])('of %s', async (name) => {
    await place(name).click()
    expect(await pressAll(titled(name))).toBeGreaterThan(0)
  })
})

import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'
import { notGerman } from './texts.ts'

describe.skipIf(!hasChromium)('by keyboard alone, in German', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ locale: 'de-DE', viewport: { width: 1440, height: 900 } })
  })
  afterAll(() => studio.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const step = async () => {
    const alt = await page.getByRole('img', { name: /^Das Ergebnis von / }).getAttribute('alt')
    return Number(/nach ([\d.]+) Schritten/.exec(alt ?? '')?.[1] ?? -1)
  }
  /** What the keys go to. */
  const focused = () =>
    page.evaluate(() => {
      const { tagName, textContent } = document.activeElement!
      return `${tagName} ${document.activeElement!.getAttribute('aria-label') ?? textContent.slice(0, 60)}`
    })

  /** After anything that was pressed, the keys are somewhere. */
  async function press(key: string): Promise<void> {
    await page.keyboard.press(key)
    if ((await focused()).startsWith('BODY')) await expect.poll(focused).not.toMatch(/^BODY/)
  }

  /** Goes on from where the focus is until it is there. */
  async function reach(wanted: Locator): Promise<void> {
    await wanted.waitFor()
    for (let presses = 0; presses < 100; presses++) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return
      await press('Tab')
    }
    throw new Error(`${wanted} was not reached; the focus is on ${await focused()}`)
  }

  /** The page as it is now is German throughout, and axe finds nothing. */
  async function inspect(what: string): Promise<void> {
    expect(await notGerman(page), what).toEqual([])
    expect(await axeFindings(page), what).toEqual([])
  }

  // A machine that computes with other tests may give the press to the page before its chooser is listened for.
  test('two pictures are chosen, and one of them is cut out', { retry: 2 }, async () => {
    await page.getByRole('gridcell').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    await inspect('first start')
    await reach(button('Zwei Bilder auswählen'))
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press('Enter')])
    await chooser.setFiles(['sample3.jpg', 'sample5.jpg'].map(photograph))
    await button('Starten').waitFor()
    await inspect('workspace')

    await reach(button('sample3.jpg ausschneiden'))
    await press('Enter')
    await page.getByRole('img', { name: 'Nachher', exact: true }).waitFor()
    await inspect('crop tool')
    await reach(button('Gesicht 2'))
    await press('Enter')
    await reach(page.getByRole('slider', { name: 'Drehen' }))
    await press('ArrowRight')
    await press('Control+Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(focused).toContain('sample3.jpg ausschneiden')
  })

  test('a search is started, turned, paused, and stopped', async () => {
    await reach(button('Starten'))
    await press('Enter')
    await page.getByRole('radio', { name: 'Gezeichnet' }).focus()
    await press('Space')
    await expect.poll(step).toBeGreaterThan(0)
    await inspect('workspace while it runs')

    const lips = page.getByRole('textbox', { name: 'Lippen innen' })
    await press('9')
    await press(']')
    await expect.poll(async () => Number.parseFloat(await lips.inputValue())).toBeGreaterThan(5)
    await press('Control+z')
    await expect.poll(() => lips.inputValue()).toBe('5')

    await reach(button('Anhalten'))
    await press('Enter')
    await button('Fortsetzen').waitFor()
    const held = await step()
    await press('Enter')
    await expect.poll(step).toBeGreaterThan(held)
    await reach(button('Beenden und das Ergebnis behalten'))
    await press('Enter')
    await button('Diesen Lauf fortsetzen').waitFor()
    await press('Tab')
  })

  test('the picture is exported', async () => {
    await press('Control+e')
    await page.getByRole('dialog', { name: 'Exportieren' }).waitFor()
    await inspect('export')
    await reach(button('PNG'))
    const [download] = await Promise.all([page.waitForEvent('download'), press('Enter')])
    expect((await sharp(await download.path()).metadata()).format).toBe('png')
    await reach(button('JPEG'))
    await press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('every other place is reached, and is German', async () => {
    for (const [keys, place] of [
      ['v', page.getByRole('dialog', { name: 'Varianten' })],
      ['?', page.getByRole('dialog', { name: 'Tastenkürzel' })],
      ['Alt+2', page.getByRole('heading', { name: 'Modelle', level: 1 })],
      ['Alt+3', page.getByRole('heading', { name: 'Mitteilungen' })],
      ['Alt+1', page.getByRole('heading', { name: 'Projekte', level: 1 })],
    ] as const) {
      await press(keys)
      await place.waitFor()
      await inspect(keys)
      if (!keys.startsWith('Alt')) await press('Escape')
    }
    expect(studio.defects).toEqual([])
  })
})

import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('pictures on the clipboard', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    const permissions = ['clipboard-read', 'clipboard-write']
    page = await studio.open({ viewport: { width: 1440, height: 900 }, permissions })
  })
  afterAll(() => studio.close())

  const pane = (name: string) => page.getByRole('img', { name: new RegExp(`^${name}: `) })
  const shelf = () => page.getByRole('region', { name: 'Pictures of the project' }).locator('button.picture')

  /** As another program puts a picture there: without a name. */
  async function copy(name: string): Promise<void> {
    const png = (await sharp(photograph(name)).resize(400).png().toBuffer()).toString('base64')
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const blob = new Blob([bytes], { type: 'image/png' })
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })])
    }, png)
  }

  test('one that is pasted over the projects begins a new one', async () => {
    await page.getByRole('gridcell').waitFor()
    await copy('sample3.jpg')
    await page.keyboard.press('Control+v')
    await pane('The look').waitFor()
    expect(await pane('The look').getAttribute('alt')).toBe('The look: Pasted picture.png')
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Pasted picture')
  })

  test('in a workspace one goes where there is none yet, and nowhere while one types', async () => {
    await copy('sample5.jpg')
    const name = page.getByRole('textbox', { name: 'Name of the project' })
    await name.focus()
    await page.keyboard.press('Control+v')
    await name.blur()
    await page.keyboard.press('Control+v')
    await pane('The expression and pose').waitFor()
    expect(await shelf().count()).toBe(2)
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Pasted picture')
  })

  test('one that is pasted into a pane takes its place', async () => {
    const before = await pane('The look').getAttribute('src')
    await copy('sample6.jpg')
    await page.getByRole('group', { name: 'Look', exact: true }).click()
    await page.keyboard.press('Control+v')
    await expect.poll(() => shelf().count()).toBe(3)
    await expect.poll(() => pane('The look').getAttribute('src')).not.toBe(before)
    expect(studio.defects).toEqual([])
  })
})

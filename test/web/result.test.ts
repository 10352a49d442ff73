import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { seeDrawn } from './drawn.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('the finished result', () => {
  let studio: Studio
  let page: Page
  const result = () => page.getByRole('img', { name: /^The result of / })
  const full = () => page.getByRole('dialog', { name: 'Show the result full screen' })
  const onScreen = () => page.evaluate(() => document.fullscreenElement !== null)

  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
    await page.getByRole('gridcell', { name: /^Example/ }).dblclick()
    await seeDrawn(page)
    await result().waitFor()
  })
  afterAll(() => studio.close())

  test('is shown on the whole screen, which Escape and a press leave', async () => {
    await page.keyboard.press('Shift+F')
    await expect.poll(onScreen).toBe(true)
    expect((await full().getByRole('img').boundingBox())!.height).toBe(900)
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await full().waitFor({ state: 'detached' })
    expect(await onScreen()).toBe(false)

    const button = page.getByRole('button', { name: 'Show the result full screen' })
    await button.click()
    await expect.poll(onScreen).toBe(true)
    await full().getByRole('img').click()
    await full().waitFor({ state: 'detached' })
    await expect.poll(onScreen).toBe(false)
  })

  test('goes with the screen when the browser takes it back', async () => {
    await page.keyboard.press('Shift+F')
    await expect.poll(onScreen).toBe(true)
    await page.evaluate(() => document.exitFullscreen())
    await full().waitFor({ state: 'detached' })
  })

  test('is shown on the whole window where the screen is refused', async () => {
    await page.evaluate(() => {
      Element.prototype.requestFullscreen = () => Promise.reject(new TypeError('refused'))
    })
    await page.keyboard.press('Shift+F')
    await full().waitFor()
    expect(await full().boundingBox()).toEqual({ x: 0, y: 0, width: 1440, height: 900 })
    await page.keyboard.press('Escape')
    await full().waitFor({ state: 'detached' })
  })

  test('is dragged out of the window as the file that it is exported as', async () => {
    await page.evaluate(() => {
      window.addEventListener('dragstart', ({ dataTransfer }) => {
        document.title = dataTransfer!.getData('DownloadURL')
      })
    })
    const { x, y, width, height } = (await result().boundingBox())!
    const [across, down] = [x + width / 2, y + height / 2]
    const drag = async () => {
      await page.mouse.move(across, down)
      await page.mouse.down()
      await page.mouse.move(across + 40, down + 40, { steps: 5 })
      await page.keyboard.press('Escape')
      await page.mouse.up()
      return page.title()
    }
    await expect.poll(drag).toMatch(/^image\/png:Example - Run 1\.png:blob:http/)
    const address = (await page.title()).replace(/^.*?:.*?:/, '')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.evaluate((href) => {
        Object.assign(document.createElement('a'), { href, download: 'x.png' }).click()
      }, address),
    ])
    const { format, width: pixels, xmp } = await sharp(await download.path()).metadata()
    expect([format, pixels]).toEqual(['png', 256])
    expect(new TextDecoder().decode(xmp)).toContain('mien:madeWith')
    expect(studio.defects).toEqual([])
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codedInH264, contained, mp4, renamed, steady } from '../clips/drawn-video.ts'
import { axeFindings } from './axe.ts'
import { cut } from './covered.ts'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { faceClip } from './face-clip.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
  { width: 700, height: 900 },
]

describe.skipIf(!hasChromium)('films on every screen', () => {
  let studio: Studio
  const folder = mkdtempSync(join(tmpdir(), 'mien-screens-'))
  const at = (name: string) => join(folder, name)
  beforeAll(async () => {
    await sharp({ create: { width: 512, height: 512, channels: 3, background: '#789' } }).toFile(
      at('wall.png'),
    )
    const h264 = await contained(await codedInH264(10), { format: mp4(), times: steady(10, 30) })
    writeFileSync(at('phone.mp4'), renamed(renamed(h264, 'avc1', 'hvc1'), 'avcC', 'hvcC'))
    studio = await openStudio()
    const page = await studio.open()
    // Long enough without a face that it is not interpolated.
    writeFileSync(at('lost.webm'), await faceClip(page, 24, [6, 20]))
    await page.context().close()
  })
  afterAll(async () => {
    expect(studio.defects).toEqual([])
    await studio.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A window of its own, with the gallery. */
  async function gallery(options: Parameters<Studio['open']>[0] = {}): Promise<Page> {
    const page = await studio.open({ viewport: sizes[0]!, ...options })
    await page.getByRole('gridcell').first().waitFor()
    return page
  }

  /** Makes a project of these files, in a window of its own. */
  async function made(files: readonly string[], options?: Parameters<Studio['open']>[0]): Promise<Page> {
    const page = await gallery(options)
    // The first page has a place for the look.
    const place = page.getByRole('button', { name: /^(Look|Aussehen)/ })
    await drop(page, (await place.count()) > 0 ? place : page.locator('main'), files)
    await page.locator('[data-target=look] img').waitFor()
    return page
  }

  /** The project of a film whose frames are partly lost: made at first, when it plays at once, then opened. */
  const lost = {
    async made(locale: string) {
      const page = await made([photograph('sample6.jpg'), at('lost.webm')], { locale })
      await page.getByRole('button', { name: 'Pause', exact: true }).click()
      return page
    },
    async opened(locale: string) {
      const page = await gallery({ locale })
      await page.getByRole('gridcell', { name: /^sample6 \+ lost/ }).dblclick()
      return page
    },
  }

  test.each([
    ['en-GB', 'made', 'Export'],
    ['de-DE', 'opened', 'Exportieren'],
  ] as const)('the timeline is whole where frames are lost, %s, %s', async (locale, how, out) => {
    const page = await lost[how](locale)
    const lane = page.locator('.timeline ul.lane')
    await lane.locator('.held').waitFor()
    // What everybody is told once stays until it is closed, and leaves all lanes in view.
    if (how === 'made') await page.getByText('Pictures of people belong to them').waitFor()
    for (const size of sizes) {
      await page.setViewportSize(size)
      await page.waitForTimeout(400)
      expect(await cut(page), `${size.width}`).toEqual([])
      if (size.width < 1000) continue
      const { y, height } = (await lane.boundingBox())!
      expect(y + height, `the lane at ${size.width}`).toBeLessThan(size.height)
      const above = ({ x, y, width }: { readonly x: number; readonly y: number; readonly width: number }) =>
        document.elementFromPoint(x + width / 2, y)?.closest('.timeline') !== null
      const foot = { ...(await lane.boundingBox())!, y: y + height - 1 }
      expect(await page.evaluate(above, foot), `the lane is seen at ${size.width}`).toBe(true)
    }
    if (how === 'made') {
      // One that is drawn has a lane more, which low windows have room for, too.
      await seeDrawn(page)
      await page.getByRole('slider', { name: /^How far off the frames/ }).waitFor()
      for (const width of [1440, 1280, 1024]) {
        await page.setViewportSize({ width, height: 700 })
        await page.waitForTimeout(400)
        expect(await cut(page), `drawn, ${width}`).toEqual([])
        const { y, height } = (await lane.boundingBox())!
        expect(y + height, `the lane of one that is drawn at ${width}`).toBeLessThan(700)
      }
      await seeDrawn(page, 'Photograph')
    }
    await page.setViewportSize(sizes[0]!)
    expect(await axeFindings(page), 'film').toEqual([])
    await page.keyboard.press('Control+e')
    await page.getByRole('dialog', { name: out }).waitFor()
    expect(await axeFindings(page), 'export').toEqual([])
    await page.context().close()
  })

  test('a film stands where the system asks for stillness, until it is played', async () => {
    const page = await made([photograph('sample6.jpg')], { reducedMotion: 'reduce' })
    await page.getByRole('button', { name: 'Or choose a motion' }).click()
    await page.getByRole('menuitem', { name: 'Smile' }).click()
    const place = page.getByRole('slider', { name: 'Position in the film' })
    await page.getByRole('img', { name: 'A frame of the film' }).waitFor()
    expect(await place.getAttribute('aria-valuenow')).toBe('0')
    await page.getByRole('button', { name: 'Play', exact: true }).click()
    await expect.poll(() => place.getAttribute('aria-valuenow')).not.toBe('0')
    await page.context().close()
  })

  test('the lanes say what they show of a frame, to pointer and keys, and smoothing calms the trembling', async () => {
    const page = await made([photograph('sample6.jpg')])
    await page.getByRole('button', { name: 'Or choose a motion' }).click()
    await page.getByRole('menuitem', { name: 'Speaking' }).click()
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    const lane = page.getByRole('slider', { name: /^How far the points stray from a smooth movement/ })
    await lane.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => lane.getAttribute('aria-valuetext')).toMatch(/^0:00\.00: 0(\.\d+)?%$/)
    await page.keyboard.press('ArrowRight')
    expect(await lane.getAttribute('aria-valuenow')).toBe('1')
    const said = page.locator('.timeline .said')
    const { x, y, width, height } = (await lane.boundingBox())!
    for (const share of [0.01, 0.5, 0.99]) {
      await page.mouse.move(x + share * width, y + height / 2)
      const box = (await said.boundingBox())!
      expect(box.x, `read at ${share}`).toBeGreaterThan(x - 1)
      expect(box.x + box.width, `read at ${share}`).toBeLessThan(x + width + 1)
      expect(box.height, `read at ${share}`).toBeLessThan(60)
    }
    const trembling = page.getByRole('img', { name: /^Trembling/ })
    const mean = async () => Number((await trembling.getAttribute('aria-label'))!.match(/[\d.]+/)![0])
    const smoothed = await mean()
    await page.getByRole('slider', { name: 'Smoothing' }).focus()
    await page.keyboard.press('Home')
    await expect.poll(mean).toBeGreaterThan(1.3 * smoothed)
    expect(await axeFindings(page), 'lanes').toEqual([])
    // Formats that have no room for so large a film are offered as large as they have.
    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByRole('button', { name: 'GIF', exact: true }).waitFor()
    await dialog.getByText('Whole photograph').click()
    await dialog.getByRole('button', { name: 'GIF, 1024 pixels' }).waitFor()
    await dialog.getByText('A larger GIF or WebP has no room for all frames.').waitFor()
    expect(await axeFindings(page), 'export').toEqual([])
    await page.context().close()
  })

  test('where no face is found in the look it says what can be done', async () => {
    const page = await made([at('wall.png')])
    await page.getByRole('button', { name: 'Or choose a motion' }).click()
    await page.getByRole('menuitem', { name: 'Speaking' }).click()
    await page.getByText('No face was found in this look').first().waitFor()
    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    expect(await dialog.getByRole('button', { name: 'MP4' }).isDisabled()).toBe(true)
    await dialog.getByText('No face was found in this look').waitFor()
    expect(await dialog.getByRole('button', { name: 'motion.npz' }).isEnabled()).toBe(true)
    await page.context().close()
  })

  test('of a clip that cannot be decoded the codec is named, and the project stays', async () => {
    const page = await made([photograph('sample6.jpg'), at('phone.mp4')])
    await page.getByText(/HEVC \(H\.265\)/).waitFor()
    expect(await page.getByRole('textbox', { name: 'Name of the project' }).inputValue()).toBe(
      'sample6 + phone',
    )
    await page.context().close()
  })
})

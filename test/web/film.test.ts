import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import type { Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { faceClip } from './face-clip.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const frames = 12

/** Watches for what moves without an end; gives what did, with the properties that it moves by. */
async function endlessAnimations(page: Page) {
  const seen = await page.evaluateHandle(() => {
    const found: { readonly of: string; readonly properties: readonly string[] }[] = []
    document.addEventListener('animationstart', ({ target }) => {
      for (const { effect } of document.getAnimations()) {
        if (!(effect instanceof KeyframeEffect) || effect.target !== target) continue
        if (effect.getTiming().iterations !== Number.POSITIVE_INFINITY) continue
        const {
          offset: _,
          computedOffset: __,
          easing: ___,
          composite: ____,
          ...moved
        } = effect.getKeyframes().at(-1)!
        found.push({ of: effect.target?.getAttribute('class') ?? '', properties: Object.keys(moved) })
      }
    })
    return found
  })
  return () => seen.jsonValue()
}

/** At which frame the head of a film that plays was, whenever it was moved in so many milliseconds. */
function framesOfMoves(page: Page, milliseconds: number): Promise<readonly number[]> {
  return page.evaluate(async (milliseconds) => {
    const track = document.querySelector('.timeline .track')!
    const frames: number[] = []
    const observer = new MutationObserver(() => frames.push(Number(track.getAttribute('aria-valuenow'))))
    observer.observe(track.querySelector('.head')!, { attributes: true })
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    observer.disconnect()
    return frames
  }, milliseconds)
}

describe.skipIf(!hasChromium)('films', () => {
  let studio: Studio
  let page: Page
  const folder = mkdtempSync(join(tmpdir(), 'mien-film-'))
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
    writeFileSync(join(folder, 'face.webm'), await faceClip(page, frames))
  })
  afterAll(async () => {
    await studio.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const film = () => page.getByRole('img', { name: 'A frame of the film' })
  const pixels = (canvas: Locator) => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL())
  const position = () => page.getByRole('slider', { name: 'Position in the film' })
  const frame = async () => Number(await position().getAttribute('aria-valuenow'))
  const placeOf = (name: string) => page.getByRole('slider', { name }).getAttribute('aria-valuenow')

  /** Shows a frame that stands, and gives its pixels once it is there. */
  async function standing(): Promise<string> {
    if (await button('Pause').isVisible()) await button('Pause').click()
    let last = ''
    await expect
      .poll(
        async () => {
          const before = last
          last = await pixels(film())
          return last === before
        },
        { interval: 700 },
      )
      .toBe(true)
    return last
  }

  async function exported(name: string): Promise<Buffer> {
    const download = page.waitForEvent('download')
    await page.getByRole('dialog', { name: 'Export' }).getByRole('button', { name, exact: true }).click()
    return readFileSync(await (await download).path())
  }

  test('from the first start to a film that plays it takes three gestures', async () => {
    const endless = await endlessAnimations(page)
    await drop(page, page.getByRole('button', { name: /^Look/ }), [photograph('sample6.jpg')])
    await page.getByRole('img', { name: 'The look: sample6.jpg' }).waitFor()
    // What turns while one waits is moved by the compositor alone: nothing else is laid out or painted for it.
    const turning = await endless()
    expect(turning.map(({ of }) => of)).toContain('ring turning')
    for (const { properties } of turning) expect(properties).toEqual(['transform'])
    await button('Or choose a motion').click()
    await page.getByRole('menuitem', { name: 'Smile' }).click()
    await film().waitFor()
    const first = await pixels(film())
    await expect.poll(() => pixels(film())).not.toBe(first)
    const moves = await framesOfMoves(page, 1500)
    expect(moves.length).toBeGreaterThan(5)
    expect(moves.filter((frame, i) => frame === moves[i - 1])).toEqual([])
    expect(await axeFindings(page), 'a film that plays').toEqual([])
  })

  test('it is gone through by keys, and a part of it is marked', async () => {
    await button('Pause').click()
    await position().focus()
    await page.keyboard.press('Home')
    expect(await frame()).toBe(0)
    const first = await standing()
    for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('ArrowLeft')
    expect(await frame()).toBe(29)
    await expect.poll(() => pixels(film())).not.toBe(first)
    await page.keyboard.press('i')
    await page.keyboard.press('End')
    await page.keyboard.press('o')
    expect(await placeOf('Start of the part that plays')).toBe('29')
    await button('Play the whole film').click()
    expect(await placeOf('Start of the part that plays')).toBe('0')
  })

  test('what is turned of the motion changes the frame, and is undone', async () => {
    const smiling = await standing()
    const expression = page.getByRole('slider', { name: 'Expression' })
    await position().focus()
    await page.keyboard.press('Home')
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight')
    const before = await standing()
    expect(before).not.toBe(smiling)
    await expression.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => pixels(film())).not.toBe(before)
    await button('Undo').click()
    await expect.poll(() => pixels(film())).toBe(before)
    await page.getByRole('switch', { name: 'Inner lip' }).click()
    await page.getByRole('switch', { name: 'Outer lip' }).press('Space')
    await expect.poll(() => pixels(film())).not.toBe(before)
    await button('Reset').click()
    await expect.poll(() => pixels(film())).toBe(before)
  })

  test('a landmark is dragged in a frame, which is marked and found by keys, and that is undone', async () => {
    const before = await standing()
    await position().focus()
    await page.keyboard.press('l')
    const chin = page
      .getByRole('group', { name: 'Landmarks: Result' })
      .getByRole('button', { name: 'Point 9, Jaw' })
    const { x, y, width, height } = (await chin.boundingBox())!
    await page.mouse.move(x + width / 2, y + height / 2)
    await page.mouse.down()
    await page.mouse.move(x + width / 2, y + height / 2 + 12, { steps: 3 })
    await page.mouse.up()
    await expect.poll(() => pixels(film())).not.toBe(before)
    expect(Math.abs((await chin.boundingBox())!.y - y - 12)).toBeLessThan(1)
    const mark = page.getByRole('button', { name: /^Key frame at 0:01.60, 1 placed by hand/ })
    expect(await axeFindings(page), 'a key frame').toEqual([])
    await position().focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('.')
    expect(await frame()).toBe(40)
    await mark.focus()
    await page.keyboard.press('Delete')
    await expect.poll(() => pixels(film())).toBe(before)
    await button('Undo').click()
    await mark.waitFor()
    await button('Undo').click()
    await expect.poll(() => mark.count()).toBe(0)
    await expect.poll(() => pixels(film())).toBe(before)
    // A corner of the mouth is a landmark of both lips, and goes and comes back in one step.
    await page.getByRole('button', { name: 'Point 49, Outer lip' }).press('ArrowDown')
    const corner = page.getByRole('button', { name: /^Key frame at 0:01.60, 2 placed by hand/ })
    await corner.waitFor()
    await button('Undo').click()
    await expect.poll(() => corner.count()).toBe(0)
    await page.keyboard.press('l')
  })

  test('it can be drawn in place of the photograph, and that is undone', async () => {
    const drawn = page.getByRole('radio', { name: 'Drawn' })
    await page.getByText('Drawn', { exact: true }).click()
    await page.getByText('Press Start: the generator looks for this face').waitFor()
    expect(await film().count()).toBe(0)
    expect(await axeFindings(page), 'a film to be drawn').toEqual([])
    // It stays drawn with another look, and when that is undone.
    await drop(page, page.locator('[data-target=look]'), [photograph('sample3.jpg')])
    await page.getByRole('img', { name: 'The look: sample3.jpg' }).waitFor()
    await page.getByText('Press Start: the generator looks for this face').waitFor()
    await button('Undo').click()
    await page.getByRole('img', { name: 'The look: sample6.jpg' }).waitFor()
    expect(await drawn.isChecked()).toBe(true)
    await button('Undo').click()
    await film().waitFor()
    expect(await drawn.isChecked()).toBe(false)
  })

  test('a video that is dropped drives in its place', async () => {
    await drop(page, page.getByRole('group', { name: 'Expression and pose', exact: true }), [
      join(folder, 'face.webm'),
    ])
    await page.getByRole('img', { name: 'The face in face.webm' }).waitFor()
    await page
      .getByText(`frame 1 of ${frames}`)
      .or(page.getByText(` of ${frames}`))
      .first()
      .waitFor()
    await film().waitFor()
    expect(await axeFindings(page), 'a film of a clip').toEqual([])
  })

  test('it is exported, the marked part alone, and so is the motion', async () => {
    await button('Pause').click()
    await position().focus()
    await page.keyboard.press('Home')
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight')
    await page.keyboard.press('o')
    await page.keyboard.press('Control+e')
    await page.getByRole('dialog', { name: 'Export' }).waitFor()
    expect(await axeFindings(page), 'export').toEqual([])
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByRole('combobox', { name: 'Size' }).selectOption('256 × 256 pixels')
    const gif = await sharp(await exported('GIF'), { animated: true }).metadata()
    expect([gif.format, gif.pages, gif.width]).toEqual(['gif', 4, 256])
    const video = await exported('MP4')
    const input = new mb.Input({ source: new mb.BufferSource(video), formats: [mb.MP4] })
    const track = (await input.getPrimaryVideoTrack())!
    expect((await track.computePacketStats()).packetCount).toBe(4)
    input.dispose()
    expect((await exported('motion.npz')).subarray(0, 2).toString()).toBe('PK')
    await page.keyboard.press('Escape')
  })

  test('what cannot be followed is said, and the film stays', async () => {
    writeFileSync(join(folder, 'broken.mp4'), Buffer.from('this is no video'))
    await drop(page, page.getByRole('group', { name: 'Expression and pose', exact: true }), [
      join(folder, 'broken.mp4'),
    ])
    await page.getByText('broken.mp4 is no video that Mien reads.').waitFor()
    await page.getByRole('img', { name: 'The face in face.webm' }).waitFor()
  })

  test('the place is given back to a picture, and taken again by undo', async () => {
    await button('Go back to the picture').click()
    await button('Or choose a motion').waitFor()
    expect(await film().count()).toBe(0)
    await button('Undo').click()
    await film().waitFor()
    expect(studio.defects).toEqual([])
  })
})

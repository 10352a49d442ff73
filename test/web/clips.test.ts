import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toneInOpus } from '../clips/browser-sound.ts'
import { withSound } from '../clips/drawn-sound.ts'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { codedFace, faceClip, onOpen, twoFaces, webm } from './face-clip.ts'
import { hasChromium, openStudio, type Studio, still } from './studio.ts'

describe.skipIf(!hasChromium)('clips that are dropped', () => {
  let studio: Studio
  let page: Page
  const folder = mkdtempSync(join(tmpdir(), 'mien-clips-'))
  const at = (name: string) => join(folder, name)
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true, ...still })
    writeFileSync(at('short.webm'), await faceClip(page, 6))
    writeFileSync(at('long.webm'), await faceClip(page, 24))
    writeFileSync(at('two.webm'), await twoFaces(page, 6))
    writeFileSync(at('later.webm'), await twoFaces(page, 8, 2))
    const sound = await toneInOpus(onOpen(page))
    writeFileSync(at('sound.webm'), await withSound(await codedFace(page, 30), sound, webm()))
  })
  afterAll(async () => {
    await studio.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const driver = (name: string) => page.getByRole('img', { name: `The face in ${name}` })
  const film = () => page.getByRole('img', { name: 'A frame of the film' })
  const position = () => page.getByRole('slider', { name: 'Position in the film' })
  const place = () => page.locator('[data-target=landmarks]')
  const reading = () => page.getByText('Following the face')
  const home = () => button('Projects').click()
  const project = (name: string) => page.getByRole('gridcell', { name: new RegExp(`^${name}`) })

  test('a photograph and a video on the first page become a film', async () => {
    await drop(page, page.locator('main'), [photograph('sample6.jpg'), at('short.webm')])
    await page.getByRole('img', { name: 'The look: sample6.jpg' }).waitFor()
    await driver('short.webm').waitFor()
    await film().waitFor()
    expect(await page.getByRole('textbox', { name: 'Name of the project' }).inputValue()).toBe(
      'sample6 + short',
    )
  })

  test('a motion that is dropped anywhere drives the film, and is not taken for a model', async () => {
    const download = page.waitForEvent('download')
    await button('Film: short.webm').click()
    await page.getByRole('menuitem', { name: 'Save its motion (motion.npz)' }).click()
    writeFileSync(at('moved.npz'), readFileSync(await (await download).path()))
    await drop(page, page.getByRole('region', { name: 'Film' }), [at('moved.npz')])
    await button('Film: moved.npz').waitFor()
    await driver('short.webm').waitFor({ state: 'detached' })
    await film().waitFor()
  })

  test('a video alone waits for its look', async () => {
    await home()
    await drop(page, page.locator('main'), [at('short.webm')])
    await driver('short.webm').waitFor()
    await page.getByText('Drop a picture of the face you want to see: the film plays at once.').waitFor()
    await drop(page, page.getByRole('button', { name: /^Look/ }), [photograph('sample6.jpg')])
    await film().waitFor()
  })

  test('of a video that cannot be read no project stays', async () => {
    await home()
    writeFileSync(at('broken.mp4'), 'this is no video')
    await drop(page, page.locator('main'), [at('broken.mp4')])
    await page.getByText('broken.mp4 is no video that Mien reads.').waitFor()
    await project('short').waitFor()
    expect(await project('broken').count()).toBe(0)
  })

  test('one that is being read is given up, and nothing of it stays', async () => {
    await project('short').dblclick()
    await driver('short.webm').waitFor()
    await drop(page, place(), [at('long.webm')])
    await reading().waitFor()
    await button('Cancel').click()
    await reading().waitFor({ state: 'detached' })
    await driver('short.webm').waitFor()
    expect(await button('Film: long.webm').count()).toBe(0)
  })

  test('another one takes the place of the one that is being read', async () => {
    await drop(page, place(), [at('long.webm')])
    await reading().waitFor()
    writeFileSync(at('second.webm'), readFileSync(at('short.webm')))
    await drop(page, place(), [at('second.webm')])
    await driver('second.webm').waitFor()
    expect(await button('Film: long.webm').count()).toBe(0)
  })

  test('one whose reading ended with the page is told of, and chosen again', async () => {
    await drop(page, place(), [at('long.webm')])
    await reading().waitFor()
    await page.reload()
    await page.getByText('The face in long.webm was not followed to the end').waitFor()
    expect(await axeFindings(page), 'a reading that was cut short').toEqual([])
    const chooser = page.waitForEvent('filechooser')
    await button('Choose the clip again').click()
    await (await chooser).setFiles(at('short.webm'))
    await driver('short.webm').waitFor()
    await page.reload()
    await driver('short.webm').waitFor()
    expect(await page.getByText('was not followed to the end').count()).toBe(0)
  })

  test('where a clip shows several faces, one of them is chosen', async () => {
    await drop(page, place(), [at('two.webm')])
    const question = page.getByRole('dialog', { name: 'Which face should be followed?' })
    await question.getByText('two.webm shows 2 faces.').waitFor()
    expect(await axeFindings(page), 'faces').toEqual([])
    await question.getByRole('button', { name: 'Face 2' }).click()
    await driver('two.webm').waitFor()
    // The smaller face is the dark one.
    const colour = await brightness(driver('two.webm'))
    await drop(page, place(), [at('two.webm')])
    await question.getByRole('button', { name: 'Cancel' }).click()
    await question.waitFor({ state: 'detached' })
    await reading().waitFor({ state: 'detached' })
    await drop(page, place(), [at('two.webm')])
    await question.getByRole('button', { name: 'Face 1' }).click()
    await question.waitFor({ state: 'detached' })
    await reading().waitFor({ state: 'detached' })
    await driver('two.webm').waitFor()
    await expect.poll(() => brightness(driver('two.webm'))).toBeGreaterThan(colour + 20)
  })

  test('they are looked for further on where a clip begins without any', async () => {
    await drop(page, place(), [at('later.webm')])
    const question = page.getByRole('dialog', { name: 'Which face should be followed?' })
    await question.getByText('later.webm shows 2 faces.').waitFor()
    await question.getByRole('button', { name: 'Face 2' }).click()
    await button('Film: later.webm').waitFor()
    await position().focus()
    await page.keyboard.press('End')
    await driver('later.webm').waitFor()
  })

  test('a film sounds as its clip does, unless that is turned off', async () => {
    await drop(page, place(), [at('sound.webm')])
    await driver('sound.webm').waitFor()
    const audio = page.locator('audio')
    await audio.waitFor({ state: 'attached' })
    const heard = () =>
      audio.evaluate((element) => {
        const { currentTime, paused } = element as HTMLAudioElement
        return { currentTime, paused }
      })
    await button('Play').click()
    await expect.poll(async () => (await heard()).paused).toBe(false)
    await button('Pause').click()
    await expect.poll(async () => (await heard()).paused).toBe(true)
    await position().focus()
    await page.keyboard.press('Home')
    for (let i = 0; i < 2; i++) await page.keyboard.press('Shift+ArrowRight')
    await button('Play').click()
    await expect.poll(async () => (await heard()).currentTime).toBeGreaterThan(0.66)
    const kept = page.waitForResponse((response) => response.url().endsWith('/call/preferences.set'))
    await button('Mute').click()
    await expect.poll(async () => (await heard()).paused).toBe(true)
    await kept
    await page.reload()
    await page.getByRole('button', { name: 'Mute', pressed: true }).waitFor()
    expect(await axeFindings(page), 'a film with sound').toEqual([])
    await button('Mute').click()
    await page.getByRole('button', { name: 'Mute', pressed: false }).waitFor()
  })

  test('a clip is renamed, and removed when that was confirmed', async () => {
    const menu = async (clip: string, item: string) => {
      await button(`Film: ${clip}`).click()
      await page.getByRole('menuitem', { name: item }).click()
    }
    await menu('sound.webm', 'Rename')
    const name = page.getByRole('textbox', { name: 'Name of the clip or motion' })
    await name.fill('A tone')
    expect(await axeFindings(page), 'rename').toEqual([])
    await name.press('Enter')
    await driver('A tone').waitFor()
    await menu('A tone', 'Remove from the project')
    await page.getByRole('dialog', { name: 'Remove A tone?' }).getByRole('button', { name: 'Cancel' }).click()
    await menu('A tone', 'Remove from the project')
    await page.getByRole('dialog').getByRole('button', { name: 'Remove from the project' }).click()
    await driver('A tone').waitFor({ state: 'detached' })
    expect(await button('Film: A tone').count()).toBe(0)
  })

  test('a project that is left while a clip is read has it when it is opened again', async () => {
    await drop(page, place(), [at('long.webm')])
    await reading().waitFor()
    await home()
    await project('short').waitFor()
    await page.waitForTimeout(500)
    await project('short').dblclick()
    await driver('long.webm').waitFor()
    await film().waitFor()
    expect(studio.defects).toEqual([])
  })
})

/** 0..255, in the mean over a canvas. */
function brightness(canvas: Locator): Promise<number> {
  return canvas.evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement
    const { data } = (element as HTMLCanvasElement).getContext('2d')!.getImageData(0, 0, width, height)
    let sum = 0
    for (let i = 0; i < data.length; i += 4) sum += data[i + 1]!
    return (4 * sum) / data.length
  })
}

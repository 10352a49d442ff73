import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Project } from '../../src/shared/project.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('the camera', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    const fake = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
    studio = await openStudio(undefined, fake)
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
    // So that it can be seen whether the camera goes off.
    await page.evaluate(() => {
      const devices = navigator.mediaDevices
      const open = devices.getUserMedia.bind(devices)
      devices.getUserMedia = async (wanted) => {
        if (refusal !== null) throw new DOMException('', refusal)
        const stream = await open(wanted)
        tracks.push(...stream.getTracks())
        return stream
      }
      Object.assign(globalThis, { tracks: [], refusal: null })
    })
    await page.getByRole('gridcell').first().waitFor()
    await drop(page, page.locator('main'), [photograph('sample3.jpg')])
    await page.getByRole('img', { name: 'The expression and pose: sample3.jpg' }).waitFor()
  }, 120_000)
  afterAll(async () => {
    expect(studio.defects).toEqual([])
    await studio.close()
  })

  const dialog = () => page.getByRole('dialog')
  const open = () => page.getByRole('button', { name: 'Use the camera' }).click()
  const taken = (name: string) => page.getByRole('img', { name: new RegExp(`^${name}: Camera .*\\.jpg$`) })
  const states = () => page.evaluate(() => tracks.map(({ kind, readyState }) => `${kind} ${readyState}`))

  /** Of the pictures of the saved project. */
  function sizes(): (readonly [number, number])[] {
    const text = readFileSync(join(studio.home, 'projects', 'sample3.mien', 'project.json'), 'utf8')
    return (JSON.parse(text) as Project).pictures.map(({ width, height }) => [width, height])
  }

  test('goes off when its dialog is closed', async () => {
    await open()
    await dialog().getByRole('button', { name: 'Take the picture', disabled: false }).waitFor()
    expect(await states()).toEqual(['video live'])
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
    expect(await states()).toEqual(['video ended'])
  })

  test.each([
    ['NotAllowedError', 'Mien is not allowed to use the camera.'],
    ['NotFoundError', 'No camera was found.'],
    ['NotReadableError', 'The camera gives no picture.'],
  ])('says what is wrong: %s', async (name, sentence) => {
    await page.evaluate((name) => Object.assign(globalThis, { refusal: name }), name)
    await open()
    await dialog().getByRole('alert').filter({ hasText: sentence }).waitFor()
    await page.evaluate(() => Object.assign(globalThis, { refusal: null }))
    await expect.poll(() => page.locator(':focus').textContent()).toContain('Try again')
    await page.keyboard.press('Enter')
    await dialog().getByRole('button', { name: 'Take the picture', disabled: false }).waitFor()
    await page.keyboard.press('Escape')
    await dialog().waitFor({ state: 'detached' })
  })

  test('gives an empty place its picture at a press of the space bar, with all its pixels', async () => {
    await open()
    await dialog().getByRole('button', { name: 'Take the picture', disabled: false }).waitFor()
    const size = await dialog()
      .locator('video')
      .evaluate((video) => [(video as HTMLVideoElement).videoWidth, (video as HTMLVideoElement).videoHeight])
    await page.keyboard.press('Space')
    await dialog().waitFor({ state: 'detached' })
    await taken('The look').waitFor()
    expect(new Set(await states())).toEqual(new Set(['video ended']))
    await expect.poll(() => sizes()[1]).toEqual(size)
  })

  test('takes the place of a picture', async () => {
    await page.getByRole('button', { name: 'Choose another picture: Expression and pose' }).click()
    await page.getByRole('menuitem', { name: 'Take a picture with the camera' }).click()
    await dialog().getByRole('button', { name: 'Take the picture', disabled: false }).click()
    await taken('The expression and pose').waitFor()
  })

  test('helps, as pasting does, where a run is about to begin without a face', async () => {
    const question = page.getByRole('dialog', { name: 'No face was found' })
    const start = page.getByRole('button', { name: 'Start', exact: true }).first()
    await start.click()
    await question.waitFor()
    // One for each picture; a notice may stand below them, of a camera that gave the same frame twice.
    expect(await question.getByRole('button', { name: 'Cut out by hand' }).count()).toBe(2)
    await paste(question, photograph('sample6.jpg'))
    await page.getByRole('img', { name: 'The expression and pose: sample6.jpg' }).waitFor()

    const before = await taken('The look').getAttribute('src')
    await start.click()
    await question.getByRole('button', { name: 'Use the camera' }).click()
    await question.waitFor({ state: 'detached' })
    const take = dialog().getByRole('button', { name: 'Take the picture', disabled: false })
    await take.waitFor()
    // The film of the fake camera begins anew each time: its first frames would be the bytes of the picture before.
    await expect
      .poll(() =>
        dialog()
          .locator('video')
          .evaluate((video) => (video as HTMLVideoElement).currentTime),
      )
      .toBeGreaterThan(2)
    await take.click()
    await expect.poll(() => taken('The look').getAttribute('src')).not.toBe(before)
    expect(await page.getByRole('list', { name: 'Runs of the project' }).getByRole('listitem').count()).toBe(
      0,
    )
  })
})

/** Pastes a file as a file manager puts it on the clipboard, which keeps its name. */
async function paste(into: Locator, path: string): Promise<void> {
  await into.evaluate(
    (element, [name, base64]) => {
      const bytes = Uint8Array.from(atob(base64!), (letter) => letter.charCodeAt(0))
      const clipboardData = new DataTransfer()
      clipboardData.items.add(new File([bytes], name!, { type: 'image/jpeg' }))
      element.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, clipboardData }))
    },
    [basename(path), readFileSync(path).toString('base64')],
  )
}

/** Of the page. */
declare const tracks: MediaStreamTrack[]
declare const refusal: string | null

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { partOfMotion } from '../../src/engine/motion/motion-part.ts'
import { motionBytes, readMotion } from '../../src/node/drivers/motion-file.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { axeFindings } from './axe.ts'
import { drop } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const models = join(import.meta.dirname, '..', '..', 'models')
const look = join(models, 'evaluation', '00-look.png')
const frames = 6

describe.skipIf(!hasChromium)('a film that is drawn', () => {
  let studio: Studio
  let page: Page
  const folder = mkdtempSync(join(tmpdir(), 'mien-drawn-'))
  beforeAll(async () => {
    const shapes = await loadShapeModel()
    const smile = await readMotion(join(models, 'pack', 'motions', 'smile.npz'), shapes)
    writeFileSync(join(folder, 'smile.npz'), motionBytes(partOfMotion(smile, 12, 12 + frames), shapes))
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
  })
  afterAll(async () => {
    await studio.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const button = (name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' })
  const film = () => page.getByRole('img', { name: 'A frame of the film' })
  const timeline = () => page.getByRole('region', { name: 'Film', exact: true })
  const pixels = () => film().evaluate((element) => (element as HTMLCanvasElement).toDataURL())
  const whole = () => page.getByText('All frames are found.')

  test('of a drawing is played before its frames are searched', async () => {
    await drop(page, page.getByRole('button', { name: /^Look/ }), [look])
    await page.getByRole('img', { name: 'The look: 00-look.png' }).waitFor()
    await page.getByText('Advanced', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Steps' }).fill('4')
    await page.keyboard.press('Enter')
    await drop(page, page.getByRole('button', { name: /^Expression and pose/ }), [join(folder, 'smile.npz')])
    await page.getByText('Press Start: the generator looks for this face').waitFor()
    await timeline().getByRole('button', { name: 'Play', exact: true }).waitFor()
    // A drawing is no photograph that could be moved.
    expect(await page.getByRole('radio', { name: 'Photograph' }).count()).toBe(0)
    await button('Start').click()
    await button('Stop and keep what is found').click()
    await button('Start').click()
    await page.getByText('The film can be played as soon as its first frame is found.').waitFor()
    expect(await axeFindings(page), 'a search for a film').toEqual([])
    await timeline().getByRole('button', { name: 'Play', exact: true }).waitFor()
    await film().waitFor()
    await timeline().getByRole('button', { name: 'Pause', exact: true }).click()
    await page.getByRole('slider', { name: 'Position in the film' }).focus()
    await page.keyboard.press('Home')
    const first = await pixels()
    await page.keyboard.press('End')
    await expect.poll(pixels).not.toBe(first)
    await whole().waitFor()
    await page.getByRole('img', { name: `${frames} of ${frames} frames are found` }).waitFor()
  }, 240_000)

  test('is searched again where another motion asks for it, and nowhere where that is undone', async () => {
    await page.getByRole('slider', { name: 'Smoothing' }).focus()
    await page.keyboard.press('Home')
    const again = button(/^Search \d frames?$/)
    await again.waitFor()
    await film().waitFor()
    await again.click()
    await whole().waitFor()
    await button('Undo').click()
    await whole().waitFor()
    expect(await again.count()).toBe(0)
    // It is one of the runs of the project, by which it is found again.
    await button('Go back to the picture').click()
    await button(/^Run 1/)
      .last()
      .click()
    await whole().waitFor()
  })

  test('is searched again in a part that is marked', async () => {
    await page.getByRole('slider', { name: 'Position in the film' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('i')
    await page.keyboard.press('o')
    await page.getByText('With 30 steps per frame instead of 3.').waitFor()
    await button('Search the marked part again').click()
    await page.getByText('With 100 steps per frame instead of 30.').waitFor({ timeout: 180_000 })
    await button('Play the whole film').click()
    await page.getByText('With 30 steps per frame instead of 3.').waitFor()
    expect(await axeFindings(page), 'a film that is found').toEqual([])
    // Stopped in the middle: every frame still has its latent.
    await button('Search all frames again').click()
    await button('Stop and keep what is found').click()
    await page.getByText('With 30 steps per frame instead of 3.').waitFor()
  }, 240_000)

  test('is exported, with its latents', async () => {
    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.waitFor()
    expect(await axeFindings(page), 'export').toEqual([])
    const exported = async (name: string) => {
      const download = page.waitForEvent('download')
      await dialog.getByRole('button', { name, exact: true }).click()
      return readFileSync(await (await download).path())
    }
    const gif = await sharp(await exported('GIF'), { animated: true }).metadata()
    expect([gif.format, gif.pages]).toEqual(['gif', frames])
    expect((await exported('zip')).includes('latents.npz')).toBe(true)
    expect(studio.defects).toEqual([])
  })
})

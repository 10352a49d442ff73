import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('a clip of the camera', () => {
  let studio: Studio
  let page: Page
  const folder = mkdtempSync(join(tmpdir(), 'mien-camera-'))
  beforeAll(async () => {
    // Chromium's camera of a file shows the JPEGs in it one after the other.
    const face = await sharp(photograph('sample1.jpg'))
      .extract({ left: 310, top: 250, width: 400, height: 400 })
      .resize(320, 320)
      .jpeg()
      .toBuffer()
    writeFileSync(join(folder, 'face.mjpeg'), Buffer.concat(Array.from({ length: 10 }, () => face)))
    studio = await openStudio(undefined, [
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${join(folder, 'face.mjpeg')}`,
    ])
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
  })
  afterAll(async () => {
    await studio.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is recorded, followed, and drives the film', async () => {
    await drop(page, page.getByRole('button', { name: /^Look/ }), [photograph('sample6.jpg')])
    await page.getByRole('img', { name: 'The look: sample6.jpg' }).waitFor()
    await page.getByRole('button', { name: 'Use the camera' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Record a clip', disabled: false }).click()
    const stop = dialog.getByRole('button', { name: 'Stop and use it (1 s)' })
    await stop.waitFor()
    expect(await axeFindings(page), 'recording').toEqual([])
    await dialog.getByRole('button', { name: /^Stop and use it/ }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('img', { name: /^The face in Camera .*\.webm$/ }).waitFor()
    await page.getByRole('img', { name: 'A frame of the film' }).waitFor()
    expect(studio.defects).toEqual([])
  })

  test('is given up with the dialog', async () => {
    await page.getByRole('button', { name: 'Choose something else for expression and pose' }).click()
    await page.getByRole('menuitem', { name: 'Take a picture with the camera' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Record a clip', disabled: false }).click()
    await dialog.getByRole('button', { name: /^Stop and use it/ }).waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await page.waitForTimeout(1000)
    expect(await page.getByText('Following the face').count()).toBe(0)
    expect(await page.getByRole('button', { name: /^Film: Camera/ }).count()).toBe(1)
  })
})

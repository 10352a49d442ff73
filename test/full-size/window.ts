import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { seeDrawn } from '../web/drawn.ts'
import { drop, photograph } from '../web/dropped.ts'
import { openStudio } from '../web/studio.ts'
import { steps } from './command-line.ts'
import { type Memory, watchMemory } from './memory.ts'
import { type SetServer, setOf } from './set-server.ts'

/** Seconds and memory of a part of the walk. */
export interface Part {
  readonly seconds: number
  readonly memory: Memory
}

export interface WindowFigures {
  /** From the press of Download, licence included, to "Installed". */
  readonly download: Part
  /** From the drop of two photographs to both faces. */
  readonly faces: Part
  /** From the press of Start to the result. */
  readonly search: Part
  /** From the press of Start to the first step. */
  readonly firstStep: number
  /** PNG, JPEG, WebP, TIFF, latent, film and packed project. */
  readonly exports: Part
}

const later = { timeout: 300_000 }
const extension = { PNG: 'png', JPEG: 'jpeg', WebP: 'webp', TIFF: 'tiff' } as const

/**
 * A newcomer's way in Chromium, from the first start to a saved picture: the catalogue in the settings, a set from it by its
 * name, two photographs dropped, its generator taken, a search, exports. Throws AssertionError where a part does not work.
 */
export async function walk(size: number, { catalogue }: SetServer): Promise<WindowFigures> {
  const studio = await openStudio()
  try {
    const page = await studio.open({ viewport: { width: 1440, height: 900 }, acceptDownloads: true })
    page.setDefaultTimeout(later.timeout)
    const part = async (act: () => Promise<unknown>): Promise<Part> => {
      const watch = watchMemory(studio.pid)
      const start = performance.now()
      await act()
      return { seconds: (performance.now() - start) / 1000, memory: watch.stop() }
    }
    await chooseCatalogue(page, catalogue)
    const download = await part(() => downloadSet(page, setOf(size).name))
    const faces = await part(() => dropPhotographs(page))
    let firstStep = 0
    const search = await part(async () => {
      const start = performance.now()
      await startSearch(page, setOf(size).name)
      await seeDrawn(page)
      await page.getByRole('img', { name: /^The result of .* after \d+ steps?/ }).waitFor()
      firstStep = (performance.now() - start) / 1000
      await page.getByRole('listitem').filter({ hasText: /Done/ }).first().waitFor()
    })
    const exports = await part(() => exportAll(page, studio.home, size))
    assert.deepEqual(studio.defects, [], 'nothing was thrown in the page')
    return { download, faces, search, firstStep, exports }
  } finally {
    await studio.close()
  }
}

const placeOf = (page: Page, name: string) =>
  page.getByRole('navigation').getByRole('button', { name, exact: true })

async function chooseCatalogue(page: Page, path: string): Promise<void> {
  await placeOf(page, 'Settings').click()
  const chosen = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose a file' }).click()
  await (await chosen).setFiles(path)
  await page.getByText('A catalogue of your own').waitFor()
}

async function downloadSet(page: Page, name: string): Promise<void> {
  await placeOf(page, 'Models').click()
  const card = page.getByRole('article', { name, exact: true })
  await card.getByRole('button', { name: 'Download' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Accept and download' }).click()
  await card.getByRole('progressbar').waitFor()
  await card.getByText('Installed').waitFor()
}

async function dropPhotographs(page: Page): Promise<void> {
  await placeOf(page, 'Projects').click()
  await drop(page, page.locator('main'), ['sample6.jpg', 'sample1.jpg'].map(photograph))
  for (const name of ['sample6.jpg', 'sample1.jpg'])
    await page.getByRole('button', { name: `Cut out ${name}`, exact: true }).waitFor()
}

async function startSearch(page: Page, generator: string): Promise<void> {
  await page.getByRole('button', { name: 'Advanced', exact: true }).click()
  await page.getByRole('combobox', { name: 'Generator', exact: true }).selectOption({ label: generator })
  await page.getByRole('combobox', { name: 'Ends' }).selectOption({ label: 'After these steps' })
  const count = page.getByRole('textbox', { name: 'Steps', exact: true })
  await count.fill(String(steps))
  await count.press('Enter')
  await page.getByRole('button', { name: 'Start', exact: true }).first().click()
}

async function exportAll(page: Page, home: string, size: number): Promise<void> {
  await page.getByRole('button', { name: 'Export', exact: true }).click()
  const dialog = page.getByRole('dialog')
  const exported = async (name: string) => {
    const [download] = await Promise.all([
      page.waitForEvent('download', later),
      dialog.getByRole('button', { name, exact: true }).click(),
    ])
    const path = join(home, 'exported', download.suggestedFilename())
    await download.saveAs(path)
    return path
  }
  for (const [name, expected] of Object.entries(extension)) {
    const { width, height, format } = await sharp(await exported(name)).metadata()
    assert.deepEqual([width, height, format], [size, size, expected])
  }
  for (const name of ['npz', 'MP4', '.mienz']) assert(readFileSync(await exported(name)).length > 1000, name)
}

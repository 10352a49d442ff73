import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const conditional = join(import.meta.dirname, '..', 'fixtures', 'conditional', 'generator.pkl')

describe.skipIf(!hasChromium)('a generator with classes in the window', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
  })
  afterAll(() => studio.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const chosen = () => page.getByRole('textbox', { name: 'Class', exact: true })
  const generator = () => page.getByRole('combobox', { name: 'Generator', exact: true })
  const drawing = (label: number) =>
    page.getByRole('listitem').filter({ hasText: new RegExp(`Done.*generator, class ${label}`) })

  /** The classes that the engine was asked for, by the records of all runs. */
  function drawn(): readonly number[] {
    const projects = join(studio.home, 'projects')
    const [folder] = readdirSync(projects).filter((name) => name.startsWith('sample3'))
    const runs = join(projects, folder!, 'runs')
    return readdirSync(runs)
      .map((run) => JSON.parse(readFileSync(join(runs, run, 'run.json'), 'utf8')).order.files)
      .map((files) => files.generator[0].class)
      .sort()
  }

  test('draws the first one where none was chosen, and says so', async () => {
    await page.getByRole('gridcell').first().waitFor()
    await drop(page, page.locator('main'), [conditional])
    await page.getByText('“generator” is ready.').waitFor()
    await page.getByText('32 × 32 · 3 classes').waitFor()
    await page.keyboard.press('Alt+1')
    await drop(page, page.locator('main'), ['sample3.jpg', 'sample5.jpg'].map(photograph))
    await button('Advanced').click()
    await generator().waitFor()
    expect(await chosen().count()).toBe(0)
    await generator().selectOption({ label: 'generator' })
    expect(await chosen().inputValue()).toBe('0')
    await page.getByRole('combobox', { name: 'Ends' }).selectOption({ label: 'After these steps' })
    await page.getByRole('textbox', { name: 'Steps' }).fill('3')
    await page.getByRole('textbox', { name: 'Steps' }).press('Enter')
    await button('Start').first().click()
    await drawing(0).waitFor()
    expect(drawn()).toEqual([0])
  })

  test('is given another one by keyboard, which undo takes back and the project keeps', async () => {
    await generator().focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    expect(await chosen().inputValue()).toBe('2')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await button('Undo').click()
    expect(await chosen().inputValue()).toBe('0')
    await button('Redo').click()
    expect(await chosen().inputValue()).toBe('2')
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.reload()
    await expect.poll(() => chosen().inputValue()).toBe('2')
  })

  test('draws it in the next run and in variations', async () => {
    await button('Start a new run').first().click()
    await drawing(2).waitFor()
    await button('Variations').first().click()
    const dialog = page.getByRole('dialog', { name: 'Variations' })
    await dialog.getByRole('textbox', { name: 'Runs' }).fill('2')
    await dialog.getByRole('textbox', { name: 'Steps each' }).fill('2')
    await dialog.getByRole('textbox', { name: 'Steps each' }).press('Enter')
    await dialog.getByRole('button', { name: 'Queue 2 runs' }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => drawing(2).count()).toBe(3)
    expect(drawn()).toEqual([0, 2, 2, 2])
    expect(studio.defects).toEqual([])
  })

  test('is what new projects begin with, if that is chosen', async () => {
    await page.keyboard.press('Alt+2')
    const begin = page.getByRole('combobox', { name: 'New projects start with', exact: true })
    await begin.selectOption({ label: 'generator' })
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Alt+1')
    await drop(page, page.locator('main'), ['sample5.jpg', 'sample3.jpg'].map(photograph))
    await page.getByRole('img', { name: 'The look: sample5.jpg' }).waitFor()
    expect(await generator().locator('option:checked').textContent()).toContain('generator')
    expect(await chosen().inputValue()).toBe('0')
  })
})

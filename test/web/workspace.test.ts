import { join } from 'node:path'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('what a user does in the workspace', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
  })
  afterAll(() => studio.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const pane = (name: string) => page.getByRole('img', { name: new RegExp(`^The ${name}: `) })
  const question = () => page.getByRole('dialog', { name: 'No face was found' })
  const step = async () => {
    const alt = await page.getByRole('img', { name: /^The result of / }).getAttribute('alt')
    return Number(/after ([\d,]+) steps/.exec(alt ?? '')?.[1] ?? -1)
  }

  /** A picture in which there is no face. */
  async function landscape(): Promise<string> {
    const path = join(studio.home, 'hills.png')
    const background = { r: 90, g: 150, b: 90 }
    await sharp({ create: { width: 400, height: 300, channels: 3, background } })
      .png()
      .toFile(path)
    return path
  }

  test('undo right after a drop leaves the pictures where they are', async () => {
    await drop(page, page.locator('main'), [photograph('sample6.jpg'), await landscape()])
    await Promise.all([pane('look').waitFor(), pane('expression and pose').waitFor()])
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    expect(await button('Undo').isDisabled()).toBe(true)
    expect(await pane('look').getAttribute('alt')).toContain('sample6.jpg')
    expect(await pane('expression and pose').getAttribute('alt')).toContain('hills.png')
  })

  test('a run of a picture without a face begins only when that is wanted', async () => {
    await page.keyboard.press('Space')
    await question().waitFor()
    await question().getByText('hills.png').waitFor()
    await question().evaluate((opening) =>
      Promise.all(opening.getAnimations().map(({ finished }) => finished)),
    )
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Escape')
    await question().waitFor({ state: 'detached' })
    expect(await page.getByRole('list', { name: 'Runs of the project' }).getByRole('listitem').count()).toBe(
      0,
    )

    await button('Start').first().click()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Cut out the face' }).waitFor()
    await button('Cancel').click()

    await button('Start').first().click()
    await button('Start anyway').click()
    await expect.poll(step).toBeGreaterThan(0)
    await page.keyboard.press('Control+z')
    expect(await pane('expression and pose').getAttribute('alt')).toContain('hills.png')
    await button('Stop and keep the result').click()
    await button('Start a new run').click()
    await expect.poll(() => page.getByRole('listitem').filter({ hasText: 'Run 2' }).count()).toBe(1)
    expect(await question().count()).toBe(0)
  })

  test('what a change did to the face is gone back on, in a run of its own', async () => {
    await expect.poll(step).toBeGreaterThan(3)
    const lips = page.getByRole('textbox', { name: 'Inner lip' })
    await page.keyboard.press('9')
    await lips.fill('20')
    await lips.press('Enter')
    await page.keyboard.press('Escape')
    const turned = await step()
    await expect.poll(step).toBeGreaterThan(turned + 12)
    await button('Undo').click()
    const back = button('Go back to the face before')
    await back.waitFor()
    expect(await axeFindings(page)).toEqual([])
    await back.click()
    const branch = page.getByRole('listitem').filter({ hasText: /^Run 2 from step/ })
    await branch.getByRole('button', { name: /Running/ }).waitFor()
    const from = Number(/from step (\d+)/.exec((await branch.textContent()) ?? '')?.[1])
    expect(Math.abs(from - turned)).toBeLessThan(6)
    expect(await lips.inputValue()).toBe('5')
    expect(await back.count()).toBe(0)
    await page
      .getByRole('listitem')
      .filter({ hasText: /^\s*Run 2\s*Stopped/ })
      .waitFor()
    await button('Stop and keep the result').click()
    await button('Continue this run').waitFor()
  })

  test('the searches tell how long a step of the sets that can be downloaded takes here', async () => {
    await page.keyboard.press('Alt+2')
    const card = page.getByRole('article', { name: 'Photographs, FFHQ 256, fast' })
    await card.getByText(/ · about [\d.]+ s a step on this machine/).waitFor()
    await page.goBack()
  })

  test('a run gets its star by keyboard, and keeps it', async () => {
    const star = button('Star for Run 1: show it in the gallery')
    await star.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Star for Run 1', pressed: true }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Star for Run 1', pressed: true }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await button('More for Run 1').click()
    await page.getByRole('menuitem', { name: 'Remove the star' }).click()
    await page.getByRole('button', { name: 'Star for Run 1', pressed: false }).waitFor()
    expect(studio.defects).toEqual([])
  })
})

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.ts'
import { covered } from './covered.ts'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

const sizes = [
  { width: 1024, height: 700 },
  { width: 700, height: 900 },
]

describe.skipIf(!hasChromium)('notices that stay', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: sizes[0]! })
    await drop(page, page.locator('main'), ['sample3.jpg', 'sample5.jpg'].map(photograph))
    await page.getByRole('button', { name: 'Start', exact: true }).first().click()
    await seeDrawn(page)
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    // Nothing of this can be used, which is told at each drop until it is closed; of several at once in one notice.
    const useless = ['package.json', 'README.md', 'LICENSE', 'tsconfig.json'].map((name) =>
      photograph(`../${name}`),
    )
    for (const [n, path] of useless.entries()) {
      await drop(page, page.locator('header').first(), n === 3 ? useless.slice(1) : [path])
      await notices().nth(n).waitFor()
    }
    await page.getByText('what to do with “README.md” and 2 other files.').waitFor()
  })
  afterAll(() => studio.close())

  const notices = () => page.getByRole('region', { name: 'Notices' }).getByRole('listitem')

  /** Those buttons of the dialog that are not wholly in view: what ends a tool must not have to be looked for. */
  async function hidden(names: readonly string[]): Promise<readonly string[]> {
    const shown = await Promise.all(
      names.map((name) =>
        page
          .getByRole('dialog')
          .getByRole('button', { name, exact: true })
          .evaluate((button) => {
            const { bottom, top } = button.getBoundingClientRect()
            const { x, y, width } = button.getBoundingClientRect()
            const at = (height: number) => document.elementFromPoint(x + width / 2, height)
            return y >= 0 && button.contains(at(top + 2)) && button.contains(at(bottom - 2))
          }),
      ),
    )
    return names.filter((_, i) => !shown[i])
  }

  const places: readonly [place: string, open: () => Promise<unknown>][] = [
    ['workspace', () => page.mouse.move(0, 0)],
    ['export', () => page.keyboard.press('Control+e')],
    ['variations', () => page.keyboard.press('v')],
    ['shortcuts', () => page.keyboard.press('?')],
    ['crop', () => page.getByRole('button', { name: 'Cut out sample3.jpg', exact: true }).press('Enter')],
  ]

  test.each(sizes)('cover nothing that can be pressed, $width × $height', async (size) => {
    await page.setViewportSize(size)
    for (const [place, open] of places) {
      await open()
      if (place !== 'workspace') await page.getByRole('dialog').waitFor()
      await page.evaluate(() => {
        const ending = document
          .getAnimations()
          .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
        return Promise.allSettled(ending.map(({ finished }) => finished))
      })
      expect(await notices().count(), place).toBe(4)
      expect(await covered(page), place).toEqual([])
      if (place === 'crop') expect(await hidden(['Cancel', 'Use this'])).toEqual([])
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
  })

  test('are heard in a dialog and closed there', async () => {
    await page.keyboard.press('Control+e')
    await page.getByRole('dialog').waitFor()
    expect(await axeFindings(page)).toEqual([])
    const before = await notices().count()
    await notices().first().getByRole('button', { name: 'Close' }).click()
    await expect.poll(() => notices().count()).toBe(before - 1)
    await page.getByRole('dialog').getByRole('button', { name: 'PNG', exact: true }).waitFor()
  })
})

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { full } from '../full.ts'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { close, ofEachKind, open, openersOn } from './openers.ts'
import { fillLibrary, hasChromium, openStudio, type Studio, still } from './studio.ts'

/**
 * `npm test` opens one of each kind: each twice in one visit, and then with its neighbour in a visit of their own.
 * `npm run test:full` opens two of each, in all pairs, in a window whose things move as they come and go.
 */
const ofOneKind = full ? 2 : 1

type Pair = readonly [first: number, second: number]

/** Which things are opened in a visit, and in which visits the second is closed before it ends. */
interface Visits {
  pairs(count: number): readonly Pair[]
  closes(visit: number): boolean
}

const things = (count: number) => Array.from({ length: count }, (_, i) => i)

const everySecond = (visit: number) => visit % 2 === 0

const allPairs: Visits = {
  pairs: (count) => things(count).flatMap((a) => things(count).map((b): Pair => [a, b])),
  closes: everySecond,
}

/** Each with the next, in a ring. */
const neighbours: Visits = {
  pairs: (count) => things(count).map((a): Pair => [a, (a + 1) % count]),
  closes: () => false,
}

/** Each is opened once, as the first or as the second. */
const eachOnce: Visits = {
  pairs: (count) => neighbours.pairs(count).filter(([a]) => a % 2 === 0),
  closes: everySecond,
}

describe.skipIf(!hasChromium)('menus, dialogs and popovers, in pairs', { timeout: 600_000 }, () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    await fillLibrary(studio.home, 3)
    page = await studio.open({ viewport: { width: 1440, height: 900 }, ...(full ? {} : still) })
  })
  afterAll(() => studio.close())

  const button = (name: string) => page.getByRole('button', { name, exact: true })
  const place = (name: string) => page.getByRole('navigation').getByRole('button', { name, exact: true })
  const heading = (name: string) => page.getByRole('heading', { name, level: 1, exact: true })

  async function goTo(name: string): Promise<void> {
    await place(name).click()
    await heading(name).waitFor()
  }

  async function gallery(): Promise<void> {
    await goTo('Projects')
    await page.locator('[role=gridcell] img:not([hidden])').first().waitFor()
  }

  async function workspace(): Promise<void> {
    await gallery()
    await page.getByRole('gridcell', { name: /sample3/ }).dblclick()
    await page.getByRole('img', { name: 'The look: sample3.jpg' }).waitFor()
    // It brings a button of its own.
    await button('Show the whole photograph').waitFor()
  }

  /**
   * Opens two things of a screen one after the other, and leaves it: with the second still open, back to where one was before,
   * or closed, to another place. Gives how many things the screen has.
   */
  async function walk(enter: () => Promise<void>, elsewhere: string, some: Visits): Promise<number> {
    await enter()
    const openers = async () => ofEachKind(await openersOn(page), ofOneKind)
    const count = (await openers()).length
    const { pairs, closes } = full ? allPairs : some
    for (const [i, [a, b]] of pairs(count).entries()) {
      const [first, second] = [(await openers())[a]!, (await openers())[b]!]
      await open(page, first)
      await close(page, i % 3 === 0 ? 'beside' : 'Escape')
      await open(page, second)
      if (closes(i)) {
        await close(page, 'Escape')
        await goTo(elsewhere)
      } else {
        await page.evaluate(() => history.back())
        await page.locator('[role=menu], [role=dialog]').first().waitFor({ state: 'detached' })
      }
      expect(studio.defects, `${first.name}, then ${second.name}`).toEqual([])
      await enter()
    }
    return count
  }

  /** As `walk`, all things twice in one visit before. */
  async function walkTwice(enter: () => Promise<void>, elsewhere: string): Promise<number> {
    await enter()
    for (const [i, opener] of ofEachKind(await openersOn(page), 1).entries()) {
      await open(page, opener)
      await close(page, i % 3 === 0 ? 'beside' : 'Escape')
      await open(page, opener)
      await close(page, 'Escape')
      expect(studio.defects, `${opener.name}, twice`).toEqual([])
    }
    await goTo(elsewhere)
    return walk(enter, elsewhere, neighbours)
  }

  test('close with one Escape, though a tooltip is shown in them', async () => {
    await gallery()
    await page.keyboard.press('?')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Close' }).hover()
    await page.getByRole('tooltip').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached', timeout: 5000 })
  })

  test('of the projects and the bin', async () => {
    expect(await walkTwice(gallery, 'Settings')).toBeGreaterThan(1)
    await page.locator('[role=grid]').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Delete')
    const bin = async () => {
      await gallery()
      await page.getByRole('button', { name: /^Bin/ }).click()
      await heading('Bin').waitFor()
    }
    expect(await walkTwice(bin, 'Models')).toBeGreaterThan(1)
  })

  test('of models and settings', async () => {
    for (const name of ['Models', 'Settings']) {
      const enter = async () => {
        await goTo('Projects')
        await goTo(name)
      }
      expect(await walkTwice(enter, 'Projects')).toBeGreaterThan(0)
    }
  })

  test('of a workspace, without a run, while one computes, and once it is over', async () => {
    await gallery()
    await drop(page, page.locator('main'), ['sample3.jpg', 'sample5.jpg'].map(photograph))
    await button('Show the whole photograph').waitFor()
    expect(await walkTwice(workspace, 'Models')).toBeGreaterThan(5)
    await button('Start').first().click()
    await seeDrawn(page)
    await page.getByRole('img', { name: /^The result of / }).waitFor()
    expect(await walk(workspace, 'Settings', eachOnce)).toBeGreaterThan(10)
    await button('Stop and keep the result').click()
    await button('Continue this run').waitFor()
    expect(await walk(workspace, 'Models', eachOnce)).toBeGreaterThan(10)
  })
})

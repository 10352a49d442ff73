import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('the crop tool', () => {
  let studio: Studio
  let page: Page
  beforeAll(async () => {
    studio = await openStudio()
    page = await studio.open({ viewport: { width: 1440, height: 900 } })
    await drop(page, page.locator('main'), [photograph('sample3.jpg')])
    await page.getByRole('button', { name: 'Cut out sample3.jpg', exact: true }).click()
    await face(2).waitFor()
  })
  afterAll(async () => {
    expect(studio.defects).toEqual([])
    await studio.close()
  })

  const tool = () => page.getByRole('dialog')
  const stage = () => tool().getByRole('group', { name: /^sample3\.jpg with its square/ })
  const square = () => tool().getByRole('button', { name: /^The square/ })
  const face = (n: number) => tool().getByRole('button', { name: `Face ${n}`, exact: true })
  const isChosen = (n: number) => face(n).getAttribute('aria-pressed')
  const boxOf = async (what: ReturnType<typeof stage>) => (await what.boundingBox())!

  /** Whether the square lies within the stage, but for the width of its line. */
  async function isSquareInView(): Promise<boolean> {
    const [outer, inner] = [await boxOf(stage()), await boxOf(square())]
    const within = (from: number, length: number, outerFrom: number, outerLength: number) =>
      from >= outerFrom - 3 && from + length <= outerFrom + outerLength + 3
    return (
      within(inner.x, inner.width, outer.x, outer.width) &&
      within(inner.y, inner.height, outer.y, outer.height)
    )
  }

  async function wheelAt(x: number, y: number, turns: number): Promise<void> {
    const { x: left, y: top, width, height } = await boxOf(stage())
    await page.mouse.move(left + x * width, top + y * height)
    for (let i = 0; i < turns; i++) await page.mouse.wheel(0, -400)
  }

  test('shows the square of a face that is chosen while something else is zoomed to', async () => {
    await page.mouse.dblclick(...(await middleOfSquare()))
    await face(1).click()
    await wheelAt(0.5, 0.02, 4)
    await expect.poll(isSquareInView).toBe(false)
    await face(2).click()
    await expect.poll(isSquareInView).toBe(true)
    await page.keyboard.press('Control+z')
    await wheelAt(0.98, 0.98, 6)
    await face(1).click()
    await face(2).click()
    await expect.poll(isSquareInView).toBe(true)
  })

  async function middleOfSquare(): Promise<[number, number]> {
    const { x, y, width, height } = await boxOf(square())
    return [x + width / 2, y + height / 2]
  }

  test('chooses the face that is clicked in the photograph, and leaves the square of the chosen one alone', async () => {
    await face(2).click()
    await page.mouse.dblclick(...(await middleOfSquare()))
    const second = await middleOfSquare()
    await face(1).click()
    await page.mouse.click(...second)
    await expect.poll(() => isChosen(2)).toBe('true')
    // What was moved by hand is no more undone by a click than by none.
    await square().press('ArrowLeft')
    await expect.poll(() => isChosen(2)).toBe('false')
    await page.mouse.click(...second)
    expect(await isChosen(2)).toBe('false')
    await tool().getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => isChosen(2)).toBe('true')
  })

  test('makes the face large for its landmarks, and the photograph whole again for its square', async () => {
    const before = await boxOf(square())
    const takes = tool().getByRole('combobox', { name: 'Drag' })
    await takes.selectOption({ label: 'Single landmarks' })
    await expect.poll(async () => (await boxOf(square())).width / before.width).toBeGreaterThan(1.5)
    const point = tool().getByRole('button', { name: /^Point 37,/ })
    const { x, y } = await boxOf(stage())
    expect((await boxOf(point)).x).toBeGreaterThan(x)
    expect((await boxOf(point)).y).toBeGreaterThan(y)
    await takes.selectOption({ label: 'The square' })
    await expect.poll(async () => (await boxOf(square())).width).toBeCloseTo(before.width, 0)
  })
})

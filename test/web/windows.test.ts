import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpTransport } from '../../src/renderer/client/http-transport.ts'
import { type Client, clientOver } from '../../src/renderer/client/index.ts'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { hasChromium, openStudio, type Studio } from './studio.ts'

describe.skipIf(!hasChromium)('windows of one service', () => {
  let studio: Studio
  /** Two windows, as in two browsers. */
  let one: Page
  let two: Page
  /** A third that only asks. */
  let client: Client
  beforeAll(async () => {
    studio = await openStudio()
    const { origin, hash } = new URL(studio.url)
    client = clientOver(httpTransport(origin, hash.slice('#token='.length)))
    one = await studio.open()
  })
  afterAll(() => studio.close())

  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const weight = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
  const projectName = (page: Page) => page.getByRole('textbox', { name: 'Name of the project' })
  const lost = (page: Page) => page.getByRole('alert').filter({ hasText: 'No connection to Mien.' })
  const step = async (page: Page) => {
    const alt = await page.getByRole('img', { name: /^The result of / }).getAttribute('alt')
    return Number(/after ([\d,]+) steps/.exec(alt ?? '')?.[1] ?? -1)
  }

  async function weigh(page: Page, group: string, to: string): Promise<void> {
    await weight(page, group).fill(to)
    await weight(page, group).press('Enter')
    await page.getByRole('status').filter({ hasText: 'Saved' }).waitFor()
  }

  /** The newest run with the changes that were made to it. */
  async function run() {
    const projects = await client.call('projects.list', {})
    const { id: project } = projects.find(({ name }) => name === 'Anna and Bo')!
    const { runs } = await client.call('projects.open', { project })
    const { changes } = await client.call('runs.metrics', { project, run: runs.at(-1)!.id, from: 0 })
    return { ...runs.at(-1)!, changes }
  }

  test('a project that is made and turned in one is seen in the other', async () => {
    await drop(one, one.locator('main'), ['sample3.jpg', 'sample5.jpg'].map(photograph))
    await button(one, 'Start').first().waitFor()
    await client.call('preferences.set', { regions: true })
    two = await studio.open()
    await two.getByRole('gridcell', { name: /sample3 \+ sample5/ }).dblclick()
    await two.getByRole('img', { name: 'The look: sample3.jpg' }).waitFor()

    await projectName(two).fill('Anna and Bo')
    await projectName(two).press('Enter')
    await expect.poll(() => projectName(one).inputValue()).toBe('Anna and Bo')
    await weigh(one, 'Jaw', '2')
    await expect.poll(() => weight(two, 'Jaw').inputValue()).toBe('2')
  })

  test('a search is led from both', async () => {
    await button(two, 'Start').first().click()
    await Promise.all([seeDrawn(one), seeDrawn(two)])
    await expect.poll(() => step(one)).toBeGreaterThan(0)
    await button(one, 'Pause').click()
    await button(two, 'Resume').click()
    await button(one, 'Pause').waitFor()
    await weigh(two, 'Inner lip', '20')
    await expect.poll(() => weight(one, 'Inner lip').inputValue()).toBe('20')
    await expect.poll(async () => (await run()).changes.length).toBeGreaterThan(0)
    const before = await step(one)
    await expect.poll(() => step(one)).toBeGreaterThan(before)
    // The run is told of a change by the window in which it was made, and by no other.
    expect((await run()).changes.map(({ kind }) => kind)).toEqual(['group-weights'])
    expect(studio.defects).toEqual([])
  })

  test('they find a service again that was killed, and nothing is lost', async () => {
    // Whole state was kept at a moment from which one can branch.
    await one.getByRole('button', { name: /^Branch from step/ }).waitFor()
    await studio.kill()
    await Promise.all([lost(one).waitFor(), lost(two).waitFor()])
    await weight(one, 'Outer lip').fill('0')
    await weight(one, 'Outer lip').press('Enter')
    const before = await step(one)
    await studio.start()
    await Promise.all([one, two].map((page) => lost(page).waitFor({ state: 'detached' })))
    await expect.poll(() => step(two)).toBeGreaterThan(before)
    await expect.poll(() => step(one)).toBeGreaterThan(before)
    await expect.poll(() => weight(two, 'Outer lip').inputValue()).toBe('0')
    const { setup, state, changes } = await run()
    const { groupWeights } = setup.settings
    expect([state, groupWeights[0], groupWeights[7], groupWeights[8]]).toEqual(['running', 2, 0, 20])
    expect(changes.map(({ kind }) => kind)).toEqual(['group-weights', 'group-weights'])

    await two.reload()
    await button(two, 'Stop and keep the result').click()
    await button(one, 'Continue this run').waitFor()
    // Browsers say of themselves that nobody answered.
    expect(studio.defects.filter((defect) => !defect.includes('net::ERR_'))).toEqual([])
  })
})

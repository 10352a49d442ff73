import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { seeDrawn } from './drawn.ts'
import { drop, photograph } from './dropped.ts'
import { runFilm } from './run-film.ts'
import { speakingFilms } from './speaking-films.ts'
import { fillLibrary, openStudio, type Studio } from './studio.ts'

const usage = `npm run screenshots -- [--all FOLDER]

Makes the pictures of docs/guide.md and the films of README: a library, a search on two photographs, and every place of the
window, from the built studio in a real Chromium. --all makes PNGs of every place in both themes and three sizes in a folder instead.`

/** What is to be seen, and how one comes there from the workspace. */
const places: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  workspace: async (page) => page.mouse.move(0, 0),
  landmarks: (page) => page.keyboard.press('o'),
  compare: async (page) => {
    await page.keyboard.press('o')
    await page.keyboard.press('c')
  },
  variations: async (page) => {
    await page.keyboard.press('c')
    await page.keyboard.press('v')
    await page.getByRole('dialog').waitFor()
  },
  export: async (page) => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+e')
    await page.getByRole('dialog').waitFor()
  },
  crop: async (page) => {
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Cut out/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Use this' }).waitFor()
    await page.waitForTimeout(3000)
  },
  shortcuts: async (page) => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
  },
  gallery: async (page) => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Alt+1')
    await page.waitForSelector('[role=gridcell] img:not([hidden])')
  },
  models: (page) => page.keyboard.press('Alt+2'),
  settings: async (page) => {
    await page.keyboard.press('Alt+3')
    await page.getByText('Checking the devices …').waitFor({ state: 'detached' })
  },
  film: async (page) => {
    await page.keyboard.press('Alt+1')
    await drop(page, page.locator('main'), [photograph('sample6.jpg')])
    await page.getByRole('button', { name: 'Or choose a motion' }).click()
    await page.getByRole('menuitem', { name: 'Wink and laugh' }).click()
    const place = page.getByRole('slider', { name: 'Position in the film' })
    await page.getByRole('img', { name: 'A frame of the film' }).waitFor()
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await place.focus()
    await page.keyboard.press('Home')
    for (let tens = 0; tens < 3; tens++) await page.keyboard.press('Shift+ArrowRight')
    await page.waitForTimeout(3000)
  },
}

/** What is seldom seen, from the last of the other places; for looking at, not for the guide. */
const rarePlaces: typeof places = {
  bin: async (page) => {
    await page.keyboard.press('Alt+1')
    await page.locator('[role=grid]').press('End')
    await page.keyboard.press('Delete')
    await page.getByRole('button', { name: /^Bin/ }).click()
  },
  half: async (page) => {
    await page.keyboard.press('Escape')
    await drop(page, page.locator('main'), [photograph('sample2.jpg')])
    await page.getByRole('textbox', { name: 'Name of the project' }).waitFor()
  },
  damaged: async (page) => {
    await page.keyboard.press('Alt+1')
    await page.keyboard.press('/')
    await page.keyboard.type(damagedName)
    await page.locator('[role=gridcell]').first().dblclick()
    await page.getByText('project.json is damaged').waitFor()
    await page.keyboard.press('Control+Enter')
  },
  refused: async (page) => {
    await drop(page, page.locator('main'), [photograph('../package.json')])
    await page.keyboard.press('Alt+2')
  },
}

const damagedName = 'A damaged copy'

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
  { width: 2560, height: 1440 },
]

/** 120 steps or more, as the picture of the result is called then. */
const enoughForAFace = /after (1[2-9]\d|[2-9]\d\d) steps/

/** The project of the search, as its two photographs name it. */
const searched = 'sample6 + sample1'

/** Projects two photographs; the project is the first of the gallery then. */
async function search(studio: Studio): Promise<void> {
  const page = await studio.open({ viewport: sizes[0]! })
  await page.waitForSelector('[role=gridcell]')
  await drop(page, page.locator('main'), ['sample6.jpg', 'sample1.jpg'].map(photograph))
  await page.getByRole('button', { name: 'Start' }).first().click()
  await seeDrawn(page)
  await page.getByRole('img', { name: enoughForAFace }).waitFor({ timeout: 600_000 })
  await page.keyboard.press('f')
  await page.getByText('Done').first().waitFor({ timeout: 600_000 })
  await page.getByText('Photograph', { exact: true }).first().click()
  await page.getByRole('button', { name: 'Show what the search has drawn' }).waitFor()
  await page.context().close()
}

/** The folder of the project that was changed last. */
function newestProject(home: string): string {
  const changed = (folder: string) => statSync(join(folder, 'project.json')).mtimeMs
  const folders = readdirSync(join(home, 'projects')).map((name) => join(home, 'projects', name))
  return folders.reduce((a, b) => (changed(a) > changed(b) ? a : b))
}

/** A copy of a project with a manifest that was changed by hand and a picture that is cut short. */
function damagedCopy(home: string, project: string): void {
  const folder = join(home, 'projects', `${damagedName}.mien`)
  cpSync(project, folder, { recursive: true })
  const manifest = join(folder, 'project.json')
  rmSync(join(folder, 'project.previous.json'), { force: true })
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8').replace(/"name": "[^"]*"/, `"name": "${damagedName}"`),
  )
  const inputs = join(folder, 'inputs')
  for (const name of readdirSync(inputs)) truncateSync(join(inputs, name), 1000)
}

/** The window before anything was done. */
async function shootFirst(theme: 'dark' | 'light', viewport: (typeof sizes)[number]): Promise<Buffer> {
  const studio = await openStudio()
  try {
    const page = await studio.open({ viewport, colorScheme: theme })
    await page.waitForSelector('[role=gridcell] img:not([hidden])')
    await page.waitForTimeout(900)
    return await page.screenshot()
  } finally {
    await studio.close()
  }
}

async function shoot(
  studio: Studio,
  theme: 'dark' | 'light',
  viewport: (typeof sizes)[number],
  where: typeof places,
) {
  const page = await studio.open({ viewport, colorScheme: theme })
  await page.locator('[role=gridcell]', { hasText: searched }).dblclick()
  await page.getByRole('button', { name: 'Show what the search has drawn' }).waitFor()
  const shots: [string, Buffer][] = []
  for (const [name, go] of Object.entries(where)) {
    await go(page)
    await page.waitForTimeout(900)
    shots.push([name, await page.screenshot()])
  }
  await page.context().close()
  return shots
}

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { all: { type: 'string' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const folder = values.all ?? join(import.meta.dirname, '../../docs/screenshots')
  mkdirSync(folder, { recursive: true })
  const studio = await openStudio()
  try {
    await fillLibrary(studio.home, 40)
    await search(studio)
    const newest = newestProject(studio.home)
    if (values.all === undefined) {
      writeFileSync(join(folder, '../run.webp'), await runFilm(newest))
      writeFileSync(join(folder, '../film.webp'), await speakingFilms())
      for (const [name, png] of await shoot(studio, 'dark', sizes[0]!, places))
        await sharp(png).toFile(join(folder, `${name}-dark.webp`))
      return 0
    }
    damagedCopy(studio.home, newest)
    for (const theme of ['dark', 'light'] as const) {
      for (const viewport of sizes) {
        const shots = await shoot(studio, theme, viewport, { ...places, ...rarePlaces })
        shots.push(['first', await shootFirst(theme, viewport)])
        for (const name of ['sample2', 'sample6'])
          rmSync(join(studio.home, 'projects', `${name}.mien`), { recursive: true, force: true })
        for (const [name, png] of shots)
          writeFileSync(join(folder, `${name}-${theme}-${viewport.width}.png`), png)
      }
    }
    return 0
  } finally {
    await studio.close()
  }
}

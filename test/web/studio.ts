import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import sharp from 'sharp'
import { manifestText } from '../../src/node/projects/manifest.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { type Project, projectVersion } from '../../src/shared/project.ts'

const root = join(import.meta.dirname, '..', '..')

/** Debian's Chromium, or the one that CHROMIUM names. */
export const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = existsSync(browserPath)

/** Of a window that asks for stillness: what turns and plays while a test waits takes the processor from what is waited for. */
export const still = { reducedMotion: 'reduce' } as const

/** Milliseconds that are waited for something in a page. */
const patience = 90_000

/** The built studio with a folder of its own, in a real Chromium. */
export interface Studio {
  readonly home: string
  readonly url: string
  /** Of the server. */
  readonly pid: number
  readonly browser: Browser
  /** What pages threw, and what their policy forbade. */
  readonly defects: readonly string[]
  open(options?: BrowserContextOptions): Promise<Page>
  /** Kills the server, as a failing machine would. */
  kill(): Promise<void>
  /** Starts it again, on the same folder: then it has the same address. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Starts `mien serve` as it was built, and a browser, with more arguments if given. */
export async function openStudio(
  home = mkdtempSync(join(tmpdir(), 'mien-studio-')),
  args: readonly string[] = [],
): Promise<Studio> {
  // The software driver that test/gpu computes on would be tried too, and takes the processor's time.
  const { VK_ICD_FILENAMES: _, ...environment } = process.env
  const serve = () =>
    spawn(process.execPath, [join(root, 'dist/node/cli/main.js'), 'serve', '--json', '--no-open'], {
      env: { ...environment, MIEN_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  let server = serve()
  const url = await addressOf(server)
  const defects: string[] = []
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', ...args] })
  return {
    home,
    url,
    get pid() {
      return server.pid!
    },
    browser,
    defects,
    async open(options = {}) {
      const context = await browser.newContext({ locale: 'en-GB', ...options })
      // A machine that computes with other tests meanwhile answers late.
      context.setDefaultTimeout(patience)
      const page = await context.newPage()
      page.on('pageerror', (error) => defects.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') defects.push(message.text())
      })
      await page.goto(url)
      return page
    },
    kill: () => ended(server, 'SIGKILL'),
    async start() {
      server = serve()
      await addressOf(server)
    },
    async close() {
      await browser.close()
      await ended(server, 'SIGINT')
      rmSync(home, { recursive: true, force: true })
    },
  }
}

function ended(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  server.kill(signal)
  return exit
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    server.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('\n')) resolve((JSON.parse(said) as { url: string }).url)
    })
    server.once('exit', (code) => reject(new Error(`mien serve ended with ${code}: ${said}`)))
  })
}

const names = ['Anna', 'Bo', 'Winter light', 'Turned head', 'Grandfather as a young man', 'Casting', 'Mina']

/** Puts so many projects with pictures of their own into a library. */
export async function fillLibrary(home: string, count: number): Promise<void> {
  const pictures = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      sharp(readFileSync(join(root, `models/evaluation/${String(i).padStart(2, '0')}-look.png`)))
        .resize(384)
        .webp({ quality: 80 })
        .toBuffer(),
    ),
  )
  for (let i = 0; i < count; i++) {
    const id = `project-${i}`
    const name = `${names[i % names.length]} ${i}`
    const folder = join(home, 'projects', `${name}.mien`)
    const time = Date.UTC(2026, 0, 1) + i * 60_000
    const project: Project = {
      format: 'mien-project',
      version: projectVersion,
      id,
      name,
      created: time,
      modified: time,
      pictures: [],
      drivers: [],
      setup: emptySetup(),
    }
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'project.json'), manifestText(project))
    writeFileSync(join(folder, 'thumbnail.webp'), pictures[i % pictures.length]!)
  }
}

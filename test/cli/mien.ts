import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const script = join(root, 'dist', 'node', 'cli', 'main.js')

export const tiny64 = join(root, 'test', 'fixtures', 'tiny64')

/** The networks of tiny64 as flags. */
export const tinyGenerator = ['--model', join(tiny64, 'generator.pkl')]
const tinyPerceptual = ['--perceptual-model', `${join(tiny64, 'vgg16.pth')},${join(tiny64, 'lpips.pth')}`]
const landmarkModel = (fixture: string) => ['--landmark-model', join(tiny64, '..', fixture, 'fan.pth')]
export const tiny64Models = [...tinyGenerator, ...landmarkModel('tiny64'), ...tinyPerceptual]

/** With a landmark network of one module, where any will do: a search loads and steps a fifth faster than with tiny64's two. */
export const tinyModels = [...tinyGenerator, ...landmarkModel('tiny512'), ...tinyPerceptual]

/** The pictures of tiny64 as flags. */
export const tinyPictures = [
  '--look',
  join(tiny64, 'look.png'),
  '--landmarks',
  join(tiny64, 'landmarks.png'),
  '--no-align',
]

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** Called once the program has written something to stderr that contains the text. */
  readonly onText?: readonly [text: string, act: (child: ChildProcess) => void]
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mien-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Everything below a folder, sorted; empty where it is missing. */
export function filesIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
}

/** Runs the built command line. The library is empty unless MIEN_HOME is given. */
export function mien(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  if (!existsSync(script)) throw new Error('dist is missing: npm run build')
  const home = options.env?.MIEN_HOME ?? temporaryFolder()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env, MIEN_HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let waiting = options.onText
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      if (waiting !== undefined && stderr.includes(waiting[0])) {
        waiting[1](child)
        waiting = undefined
      }
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** The one JSON object on stdout. */
export function jsonOf<T = Record<string, unknown>>({ stdout }: Finished): T {
  return JSON.parse(stdout) as T
}

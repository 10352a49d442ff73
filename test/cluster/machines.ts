import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { onTestFinished } from 'vitest'
import { temporaryFolder, tiny64, tinyModels } from '../cli/mien.ts'

const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')

/** Flags of jobs that take a second. */
export const quick = [...tinyModels, '--no-align', '--provider', 'cpu', '--threads', '1']

/** Pictures by their names: each a copy of a picture of tiny64. */
export function pictures(folder: string, names: readonly string[], of: 'look' | 'landmarks'): string {
  mkdirSync(folder, { recursive: true })
  for (const name of names) copyFileSync(join(tiny64, `${of}.png`), join(folder, `${name}.png`))
  return folder
}

/** A process of the command line that lives until it is killed or the test ends. */
export interface Machine {
  readonly child: ChildProcess
  /** All that it has written until now. */
  readonly text: () => string
  /** Once it has written that. */
  says(text: string | RegExp): Promise<void>
  /** Ends it as a power cut does. */
  kill(): Promise<void>
  /** Its exit code; null where it was killed. */
  readonly ended: Promise<number | null>
}

export function machine(args: readonly string[], env: Readonly<Record<string, string>> = {}): Machine {
  const home = env.MIEN_HOME ?? temporaryFolder()
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env, MIEN_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  const heard = new Set<() => void>()
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      for (const listener of heard) listener()
    })
  }
  const ended = once(child, 'close').then(([code]) => code as number | null)
  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(kill)
  return {
    child,
    text: () => text,
    says: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!(typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))) return
          heard.delete(look)
          resolve()
        }
        heard.add(look)
        look()
        ended.then(() => reject(new Error(`It ended and did not say ${wanted}:\n${text}`)))
      }),
    kill,
    ended,
  }
}

/** The table that a batch has written, a row by the name of each job. */
export function tableIn(out: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const rows: Record<string, string>[] = parse(readFileSync(join(out, 'batch.csv')), { columns: true })
  return new Map(rows.map((row) => [row.name!, row]))
}

/** What must be the same to the bit, however a run came about. */
export function bitsIn(folder: string): readonly Buffer[] {
  return ['proj.png', 'projected_w.npz', 'noise.npz', 'target_look.png'].map((name) =>
    readFileSync(join(folder, name)),
  )
}

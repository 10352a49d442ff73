import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Memory, watchMemory } from './memory.ts'

export const root = join(import.meta.dirname, '..', '..')
export const mienScript = join(root, 'dist', 'node', 'cli', 'main.js')

/** What a program did and cost. */
export interface Ended {
  readonly stdout: string
  /** From its start to its end. */
  readonly seconds: number
  /** From its start to the text that was waited for; undefined where that never came. */
  readonly reached: number | undefined
  readonly memory: Memory
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** A text of its output that is waited for, and what is done then. */
  readonly until?: string
  readonly onReached?: (child: ChildProcess) => void
  /** Exit codes other than 0 that are expected. */
  readonly code?: number
}

/** Runs a program and measures it. Rejects with what it said where it ends otherwise than expected. */
export function run(
  program: string,
  args: readonly string[],
  { environment = {}, until, onReached, code: expected = 0 }: RunOptions = {},
): Promise<Ended> {
  const start = performance.now()
  const elapsed = () => (performance.now() - start) / 1000
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const watch = watchMemory(child.pid!)
  const said = { stdout: '', stderr: '' }
  let reached: number | undefined
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
      if (until === undefined || reached !== undefined || !said[stream].includes(until)) return
      reached = elapsed()
      onReached?.(child)
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const memory = watch.stop()
      if (code === expected) resolve({ stdout: said.stdout, seconds: elapsed(), reached, memory })
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}:\n${said.stdout}${said.stderr}`))
    })
  })
}

/** `mien` as it was built, with a folder of the user's own. */
export function mien(home: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  // The software driver that test/gpu computes on would be tried too, and decide for the processor after seconds.
  const { VK_ICD_FILENAMES: _, ...environment } = process.env as Record<string, string>
  return run(process.execPath, [mienScript, ...args], {
    ...options,
    environment: { ...environment, MIEN_HOME: home, ...options.environment },
  })
}

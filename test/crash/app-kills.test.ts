import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { CommandName, Parameters, Result } from '../../src/shared/contract.ts'
import type { Run } from '../../src/shared/run.ts'
import { full } from '../full.ts'
import { type TinyHome, tinyHome } from './studio-home.ts'
import { dice } from './tiny-run.ts'

const kills = full ? 100 : 2

type Told = Pick<Run, 'id' | 'state' | 'step'>

interface Message {
  readonly ready?: true
  readonly run?: Told
  readonly id?: number
  readonly result?: unknown
  readonly error?: string
}

/** The whole program below its window, as a process. */
interface Program {
  readonly pid: number
  call<C extends CommandName>(command: C, parameters: Parameters<C>): Promise<Result<C>>
  until(isSo: (run: Told) => boolean): Promise<Told>
  /** SIGKILL; gives the engine processes that it had. */
  kill(): Promise<readonly number[]>
}

async function startProgram({ home }: TinyHome): Promise<Program> {
  const child = fork(join(import.meta.dirname, 'studio-process.mjs'), [home], { serialization: 'advanced' })
  let last = 0
  const waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>()
  const listeners = new Set<(run: Told) => void>()
  onTestFinished(() => void child.kill('SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the program ended')))
    child.on('message', ({ id, run, ready, ...answer }: Message) => {
      if (ready) resolve()
      if (run !== undefined) for (const listener of [...listeners]) listener(run)
      if (id !== undefined) waiting.get(id)?.(answer)
    })
  })
  return {
    pid: child.pid!,
    call: (command, parameters) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, ({ result, error }) => {
          if (error === undefined) resolve(result as Result<typeof command>)
          else reject(new Error(error))
        })
        child.send({ id, command, parameters })
      }),
    until: (isSo) =>
      new Promise((resolve) => {
        const listener = (run: Told) => {
          if (!isSo(run)) return
          listeners.delete(listener)
          resolve(run)
        }
        listeners.add(listener)
      }),
    async kill() {
      const engines = childrenOf(child)
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
      return engines
    },
  }
}

/** The processes that it started. */
function childrenOf({ pid }: ChildProcess): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.split(' ').filter(Boolean).map(Number)
}

/** One that ended and was not yet buried by its foster parent is not there. */
function isThere(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function outlived(engines: readonly number[]): Promise<readonly number[]> {
  const started = Date.now()
  while (engines.some(isThere) && Date.now() < started + 5000) await wait(50)
  console.info(`engines ended after ${Date.now() - started} ms`)
  return engines.filter(isThere)
}

test.skipIf(process.platform !== 'linux')(
  `a program that is killed leaves no engine behind and finds its queue again (${kills} kills)`,
  async () => {
    const next = dice(17)
    const tiny = await tinyHome()
    const { project, setup } = tiny
    let program = await startProgram(tiny)
    const started = await program.call('runs.start', {
      project,
      runs: ['One', 'Two', 'Three'].map((name) => ({ name, setup: setup({ steps: 100_000 }) })),
    })
    const ids = started.map(({ id }) => id)
    await program.call('runs.pause', { project, run: ids[2]! })
    let engines = 0
    let step = 0
    for (let kill = 0; kill < kills; kill++) {
      // The first strikes while the run begins. Two at one snapshot would put it aside, as they should: one is 25 steps away.
      if (kill > 0) {
        const { step: from } = await program.until(({ id, state }) => id === ids[0] && state === 'running')
        step = (await program.until((run) => run.id === ids[0] && run.step > from + 30)).step
      }
      await wait(next() * (kill > 0 ? 1000 : 3000))
      const had = await program.kill()
      engines += had.length
      expect(await outlived(had), 'engines that outlived their program').toEqual([])
      program = await startProgram(tiny)
      const queue = await program.call('queue.list', {})
      expect(queue.map(({ id }) => id)).toEqual(ids)
      expect(queue.map(({ state }) => state)).toEqual([
        expect.stringMatching(/queued|starting/),
        'queued',
        'paused',
      ])
    }
    expect(engines).toBeGreaterThanOrEqual(kills - 1)
    const on = await program.until((run) => run.id === ids[0] && run.step > step)
    // It may have come to that step before the card said that it runs.
    expect(['starting', 'running']).toContain(on.state)
    await program.call('runs.stop', { project, run: ids[0]! })
    await program.until((run) => run.id === ids[0] && run.state === 'stopped')
    const result = await program.call('runs.show', { project, run: ids[0]!, what: 'result' })
    expect(result?.image.length).toBeGreaterThan(100)
    const own = `.${program.pid}-`
    expect(temporaryFiles(tiny.home).filter((name) => !name.includes(own))).toEqual([])
  },
  kills * 120_000,
)

function temporaryFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { resumeProjection, startProjection } from '../../src/node/service/projection-run.ts'
import { mien, tinyModels, tinyPictures } from '../cli/mien.ts'
import {
  dice,
  engine,
  full,
  resultBytes,
  temporaryFolder,
  tinyOrder,
  untouchedRun,
  watched,
} from './tiny-run.ts'

const steps = 60
const kills = full ? 200 : 8
const command = ['project', ...tinyPictures, ...tinyModels, '--provider', 'cpu', '--threads', '1']

let untouched: Awaited<ReturnType<typeof untouchedRun>>

/** Kills are spread over the whole length of a run: one at random in each of equal parts. */
function moments(seed: number): readonly number[] {
  const next = dice(seed)
  return Array.from({ length: kills / 2 }, (_, i) => ((i + next()) / (kills / 2)) * untouched.milliseconds)
}

describe('a run of which', () => {
  beforeAll(async () => {
    untouched = await untouchedRun({ steps })
  })

  test(
    `the engine is killed ends on the same bits (${kills / 2} kills)`,
    async () => {
      let hit = 0
      for (const moment of moments(1)) {
        const folder = temporaryFolder()
        const spawnEngine = watched(engine)
        const run = await startProjection(spawnEngine, tinyOrder(folder, { steps }))
        const timer = setTimeout(() => spawnEngine.processes.at(-1)?.kill(), moment)
        const { outcome } = await run.finished
        clearTimeout(timer)
        hit += spawnEngine.processes.length - 1
        expect(outcome).toMatchObject({ steps, stopped: false })
        expect(resultBytes(folder), `killed after ${moment} ms`).toEqual(untouched.bytes)
        expect(existsSync(join(folder, 'recovery'))).toBe(false)
      }
      console.info(
        `engine kills: ${hit} of ${kills / 2} struck while it ran, all runs ended on the same bits`,
      )
      expect(hit).toBeGreaterThan(kills / 4)
    },
    kills * 60_000,
  )

  test.skipIf(process.platform === 'win32')(
    `everything is killed goes on with --resume and ends on the same bits (${kills / 2} kills)`,
    async () => {
      let hit = 0
      for (const moment of moments(2)) {
        const folder = join(temporaryFolder(), 'run')
        if (!(await killedCommand([...command, '--steps', String(steps), '--out', folder], moment))) continue
        // Killed before it had written down what it is to do: then the folder says so.
        const { code, stderr } = await mien(['project', '--resume', folder, '--json'])
        if (code === 2) {
          expect(stderr).toMatch(/nothing to resume/)
          continue
        }
        expect({ code, stderr }).toMatchObject({ code: 0 })
        expect(resultBytes(folder), `killed after ${moment} ms`).toEqual(untouched.bytes)
        hit++
      }
      console.info(
        `command kills: ${hit} of ${kills / 2} struck after the begin, all resumed to the same bits`,
      )
      expect(hit).toBeGreaterThan(kills / 8)
    },
    kills * 60_000,
  )

  test('the engine is killed again and again goes on as long as it gets further', async () => {
    const folder = temporaryFolder()
    const spawnEngine = watched(engine)
    const killer = { snapshot: () => setTimeout(() => spawnEngine.processes.at(-1)!.kill(), 1) }
    const run = await startProjection(spawnEngine, tinyOrder(folder, { steps: 80 }), killer)
    const { outcome } = await run.finished
    expect(outcome.steps).toBe(80)
    expect(spawnEngine.processes.length).toBeGreaterThan(3)
  })

  test('the order was killed can be resumed from any folder', async () => {
    const folder = temporaryFolder()
    const spawnEngine = watched(engine)
    const run = await startProjection(spawnEngine, tinyOrder(folder, { steps }), {
      progress: ({ step }) => step === 30 && run.stop(),
    })
    expect((await run.finished).outcome).toMatchObject({ stopped: true })
    const { outcome } = await (await resumeProjection(engine, folder)).finished
    expect(outcome).toMatchObject({ steps, stopped: false })
    expect(resultBytes(folder)).toEqual(untouched.bytes)
  })
})

/** Runs the command and kills it and its engine at once; false if it was done before. */
function killedCommand(args: readonly string[], milliseconds: number): Promise<boolean> {
  const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: 'ignore', detached: true })
    const timer = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), milliseconds)
    child.on('close', (_code, signal) => {
      clearTimeout(timer)
      resolve(signal === 'SIGKILL')
    })
  })
}

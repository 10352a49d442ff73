import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { resumeProjection, startProjection } from '../../src/node/service/projection-run.ts'
import { mien, tinyModels, tinyPictures } from '../cli/mien.ts'
import { full } from '../full.ts'
import { dice, engine, resultBytes, temporaryFolder, tinyOrder, untouchedRun, watched } from './tiny-run.ts'

const steps = 60
const kills = full ? 200 : 4
const command = ['project', ...tinyPictures, ...tinyModels, '--provider', 'cpu', '--threads', '1']

let untouched: Awaited<ReturnType<typeof untouchedRun>>

/**
 * Kills are spread over the whole length of a run: one at random in each of equal parts, again and again until so many
 * struck. How long a run takes is known from the one that was not killed; on a machine that is busy one moment and free
 * the next, many come too late.
 */
async function strike(seed: number, kill: (moment: number) => Promise<boolean>): Promise<number> {
  const next = dice(seed)
  const wanted = kills / 2
  let struck = 0
  let tries = 0
  for (; struck < wanted && tries < 8 * wanted; tries++) {
    const moment = (((tries % wanted) + next()) / wanted) * untouched.milliseconds
    if (await kill(moment)) struck++
  }
  expect(struck).toBe(wanted)
  return tries
}

describe('a run of which', () => {
  beforeAll(async () => {
    untouched = await untouchedRun({ steps })
  })

  test(
    `the engine is killed ends on the same bits (${kills / 2} kills)`,
    async () => {
      const tries = await strike(1, async (moment) => {
        const folder = temporaryFolder()
        const spawnEngine = watched(engine)
        const run = await startProjection(spawnEngine, tinyOrder(folder, { steps }))
        const timer = setTimeout(() => spawnEngine.processes.at(-1)?.kill(), moment)
        const { outcome } = await run.finished
        clearTimeout(timer)
        expect(outcome).toMatchObject({ steps, stopped: false })
        expect(resultBytes(folder), `killed after ${moment} ms`).toEqual(untouched.bytes)
        expect(existsSync(join(folder, 'recovery'))).toBe(false)
        return spawnEngine.processes.length > 1
      })
      console.info(
        `engine kills: ${kills / 2} of ${tries} struck while it ran, all runs ended on the same bits`,
      )
    },
    kills * 60_000,
  )

  test.skipIf(process.platform === 'win32')(
    `everything is killed goes on with --resume and ends on the same bits (${kills / 2} kills)`,
    async () => {
      const tries = await strike(2, async (moment) => {
        const folder = join(temporaryFolder(), 'run')
        if (!(await killedCommand([...command, '--steps', String(steps), '--out', folder], moment)))
          return false
        // Killed before it had written down what it is to do: then the folder says so.
        const { code, stderr } = await mien(['project', '--resume', folder, '--json'])
        if (code === 2) {
          expect(stderr).toMatch(/nothing to resume/)
          return false
        }
        expect({ code, stderr }).toMatchObject({ code: 0 })
        expect(resultBytes(folder), `killed after ${moment} ms`).toEqual(untouched.bytes)
        return true
      })
      console.info(
        `command kills: ${kills / 2} of ${tries} struck after the begin, all resumed to the same bits`,
      )
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

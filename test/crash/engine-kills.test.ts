import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { newestState } from '../../src/node/runs/recovery.ts'
import { startRun } from '../../src/node/runs/run.ts'
import { tinyModels, tinyPictures } from '../cli/mien.ts'
import { full } from '../full.ts'
import { startCommand } from './command.ts'
import {
  dice,
  engine,
  isResumable,
  resultBytes,
  temporaryFolder,
  tinyOrder,
  untouchedRun,
  watched,
} from './tiny-run.ts'

const steps = 60
/** As the command asks for, whose runs end on the same bits. */
const settings = { steps, start: 'nearest', shortMemory: true, quasiNewton: true } as const
const kills = full ? 200 : 2
const order = [
  ...[...tinyPictures, ...tinyModels, '--provider', 'cpu', '--threads', '1'],
  ...['--steps', String(steps)],
]

let untouched: Awaited<ReturnType<typeof untouchedRun>>

/** Lets kills strike one run after another until there were so many; gives how many runs it took. */
async function strike(seed: number, killedRun: (chance: () => number) => Promise<number>): Promise<number> {
  const chance = dice(seed)
  let struck = 0
  let runs = 0
  for (; struck < kills / 2 && runs < 2 * kills; runs++) struck += await killedRun(chance)
  expect(struck).toBeGreaterThanOrEqual(kills / 2)
  return runs
}

/** A moment of what an engine that goes on from this step has before it, its loading and its end too, in milliseconds. */
function momentFrom(step: number, chance: number): number {
  const { milliseconds, loading } = untouched
  return 1.2 * chance * (loading + ((milliseconds - loading) * (steps - step)) / steps)
}

/**
 * Kills the engine of a run at random moments until the run is over, once at each snapshot: the second time would put it
 * aside. Gives how many kills struck.
 */
async function killEngines(chance: () => number): Promise<number> {
  const folder = temporaryFolder()
  let snapshot = 0
  let killedAt = -1
  let timer: NodeJS.Timeout | undefined
  function aim(): void {
    if (timer !== undefined || snapshot === killedAt) return
    timer = setTimeout(() => spawnEngine.processes.at(-1)!.kill(), momentFrom(snapshot, chance()))
  }
  const spawnEngine = watched(() => {
    aim()
    return engine()
  })
  const run = await startRun(spawnEngine, tinyOrder(folder, settings), {
    snapshot({ step }) {
      snapshot = step
      aim()
    },
    // Before the next engine starts.
    notice() {
      timer = undefined
      killedAt = snapshot
    },
  })
  const { outcome } = await run.finished
  clearTimeout(timer)
  expect(outcome).toMatchObject({ steps, stopped: false })
  expect(resultBytes(folder)).toEqual(untouched.bytes)
  expect(existsSync(join(folder, 'recovery'))).toBe(false)
  return spawnEngine.processes.length - 1
}

/** The same with the whole command, its engine with it, which is then resumed. */
async function killCommands(chance: () => number): Promise<number> {
  const folder = join(temporaryFolder(), 'run')
  let struck = 0
  let killedAt = -1
  for (;;) {
    const begun = await isResumable(folder)
    const command = startCommand(['project', ...(begun ? ['--resume', folder] : [...order, '--out', folder])])
    while (!command.hasEnded() && (await snapshotIn(folder)) === killedAt) await sleep(50)
    await Promise.race([command.ended, sleep(momentFrom(await snapshotIn(folder), chance()))])
    if (!command.hasEnded()) command.kill()
    const code = await command.ended
    const isOver = existsSync(join(folder, 'projected_w.npz')) && !(await isResumable(folder))
    if (code !== null) expect(code, folder).toBe(0)
    else if (begun || (await isResumable(folder))) struck++
    if (isOver) break
    killedAt = (await isResumable(folder)) ? await snapshotIn(folder) : -1
  }
  expect(resultBytes(folder)).toEqual(untouched.bytes)
  return struck
}

/** The step of the newest snapshot of a run, 0 without one. */
async function snapshotIn(folder: string): Promise<number> {
  return (await newestState(folder))?.step ?? 0
}

describe('a run of which', () => {
  beforeAll(async () => {
    untouched = await untouchedRun(settings)
  })

  test(
    `the engine is killed ends on the same bits (${kills / 2} kills)`,
    async () => {
      const runs = await strike(1, killEngines)
      console.info(`engine kills: at least ${kills / 2} in ${runs} runs, all of which ended on the same bits`)
    },
    kills * 60_000,
  )

  test.skipIf(process.platform === 'win32')(
    `everything is killed goes on with --resume and ends on the same bits (${kills / 2} kills)`,
    async () => {
      const runs = await strike(2, killCommands)
      console.info(`command kills: at least ${kills / 2} in ${runs} runs, all resumed to the same bits`)
    },
    kills * 60_000,
  )
})

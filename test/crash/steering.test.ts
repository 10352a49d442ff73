import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import type { TargetInput } from '../../src/node/engine/protocol.ts'
import { pictureFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import type { UnnamedChange } from '../../src/node/runs/kinds/kind.ts'
import type { RunningProjection } from '../../src/node/runs/kinds/projection/projection.ts'
import { changesOf, keyframesOf } from '../../src/node/runs/recovery.ts'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import { type RunEvents, supervise } from '../../src/node/runs/supervisor.ts'
import { full } from '../full.ts'
import {
  bits,
  branchRun,
  engine,
  newRecovery,
  parametersOf,
  replay,
  resultBytes,
  temporaryFolder,
  tinyOrder,
  tinyPicture,
  watched,
} from './tiny-run.ts'

const settings = { steps: 40, live: true }

/** Does something to a live run at a step; gives the events that a run is started with. */
function script(acts: Readonly<Record<number, (run: RunningProjection) => unknown>>) {
  let run: RunningProjection | undefined
  const steps: number[] = []
  const events: RunEvents = {
    progress({ step }) {
      steps.push(step)
      void acts[step]?.(run!)
    },
  }
  return {
    events,
    steps,
    take(started: RunningProjection) {
      run = started
      return started
    },
  }
}

const weights = { perceptual: 0.2, landmark: 0, noiseReg: 1e5 }
const groupWeights = [0, 0, 0, 0, 0, 9, 9, 1, 1]

/** Steers in every way there is; ends by itself. */
const everything = {
  8: (run: RunningProjection) => run.steer({ kind: 'weights', weights }),
  14: (run: RunningProjection) => run.steer({ kind: 'look' }, tinyPicture('landmarks')),
  20: (run: RunningProjection) => run.steer({ kind: 'weights', weights: { ...weights, landmark: 0.1 } }),
  24: (run: RunningProjection) => run.steer({ kind: 'group-weights', groupWeights }),
  30: (run: RunningProjection) => run.steer({ kind: 'landmarks', groups: [5, 6] }, tinyPicture('look')),
  34: (run: RunningProjection) => run.steer({ kind: 'points', points: [{ index: 48, x: 0.3, y: 0.7 }] }),
  45: (run: RunningProjection) => run.steer({ kind: 'finish', after: 0 }),
} as const

const kinds = ['weights', 'look', 'weights', 'group-weights', 'landmarks', 'points', 'finish']

/** The same changes at the same steps, in one go. */
const replayed = (changes: readonly RecordedChange[]) =>
  replay(tinyOrder('', settings), changes, [tinyPicture('look'), tinyPicture('landmarks')])

// One that is killed on its way, and one that is branched, stand for the others; studio-runs pauses, stops and goes on too.
describe('a live run', () => {
  test.runIf(full)('that is steered in every way is replayed to the bit', async () => {
    const folder = temporaryFolder()
    const { events, steps, take } = script(everything)
    const run = take(await startRun(engine, tinyOrder(folder, settings), events))
    const { outcome } = await run.finished
    expect(outcome.changes.map(({ change }) => change.kind)).toEqual(kinds)
    expect(steps.at(-1)).toBe(outcome.steps)
    expect(bits(await replayed(outcome.changes))).toEqual(bits(outcome))
    const undragged = outcome.changes.filter(({ change }) => change.kind !== 'points')
    expect(bits(await replayed(undragged))).not.toEqual(bits(outcome))
  })

  test('that is steered and killed twice ends as its replay does', async () => {
    const folder = temporaryFolder()
    const spawn = watched(engine)
    const kill = () => spawn.processes.at(-1)!.kill()
    const done = new Set<number>()
    // After a crash steps are made again; nobody asks twice. A snapshot at step 25 lies between the kills: two crashes
    // at one snapshot would put the run aside.
    const once = (act: (run: RunningProjection) => unknown, step: number) => (run: RunningProjection) => {
      if (done.has(step)) return
      done.add(step)
      act(run)
    }
    const acts = Object.fromEntries(
      Object.entries({ ...everything, 15: kill, 40: kill }).map(([step, act]) => [
        step,
        once(act, Number(step)),
      ]),
    )
    const { events, take } = script(acts)
    const run = take(await startRun(spawn, tinyOrder(folder, settings), events))
    const { outcome } = await run.finished
    expect(spawn.processes).toHaveLength(3)
    // What was asked for just before a kill is asked for again at once, and may come before an earlier one.
    expect(outcome.changes.map(({ change }) => change.kind).sort()).toEqual([...kinds].sort())
    // The plateau was held beyond the forty steps of the schedule, then the ramp down took a quarter of them.
    const finish = outcome.changes.at(-1)!
    expect(finish.step).toBeGreaterThanOrEqual(45)
    expect(outcome.steps).toBe(finish.step + 10)
    expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).result.changes).toEqual(outcome.changes)
    expect(bits(await replayed(outcome.changes))).toEqual(bits(outcome))
  })

  test.runIf(full)('waits while it is paused, and the pause changes nothing', async () => {
    const paused: boolean[] = []
    let pausedAt = 0
    const { events, steps, take } = script({
      10: (run) => run.pause(),
      20: (run) => run.steer({ kind: 'finish', after: 3 }),
    })
    const folder = temporaryFolder()
    const snapshots: number[] = []
    const run = take(
      await startRun(engine, tinyOrder(folder, settings), {
        ...events,
        snapshot: ({ step }) => snapshots.push(step),
        paused(now) {
          paused.push(now)
          if (!now) return
          pausedAt = steps.at(-1)!
          setTimeout(() => {
            expect(steps.at(-1)).toBe(pausedAt)
            run.resume()
          }, 500)
        },
      }),
    )
    const { outcome } = await run.finished
    expect(paused).toEqual([true, false])
    expect(snapshots).toContain(pausedAt)
    expect(bits(await replayed(outcome.changes))).toEqual(bits(outcome))
  })

  test.runIf(full)('that was stopped goes on; one that is done makes more steps', async () => {
    const folder = temporaryFolder()
    const stop = script({ 12: (run) => run.stop() })
    const first = stop.take(await startRun(engine, tinyOrder(folder, settings), stop.events))
    expect((await first.finished).outcome.stopped).toBe(true)

    const end = script({ 30: (run) => run.steer({ kind: 'finish', after: 0 }) })
    const second = end.take(await resumeRun(engine, folder, end.events))
    const done = (await second.finished).outcome
    expect(done.stopped).toBe(false)

    const third = await resumeRun(engine, folder)
    await third.steer({ kind: 'hold' })
    await third.steer({ kind: 'finish', after: 20 })
    const more = (await third.finished).outcome
    expect(more.steps).toBe(done.steps + 20 + 10)
    expect(bits(await replayed(more.changes))).toEqual(bits(more))
  })

  test('goes back to an earlier snapshot and on from there as a branch', async () => {
    const [folder, other] = [temporaryFolder(), join(temporaryFolder(), 'branch')]
    const trunk = script({ 5: (run) => run.steer({ kind: 'look' }, tinyPicture('landmarks')) })
    const run = trunk.take(await startRun(engine, tinyOrder(folder, settings), trunk.events))
    // How many steps are made until the new look is prepared depends on the machine.
    const laterKeyframe = async () => {
      const [made] = await changesOf(folder)
      return (await keyframesOf(folder)).find((step) => made !== undefined && step > made.step)
    }
    await expect.poll(laterKeyframe, { timeout: 30_000 }).toBeDefined()
    run.stop()
    await run.finished
    const before = resultBytes(folder)
    const from = (await laterKeyframe())!

    const back = script({ [from + 8]: (branch) => branch.steer({ kind: 'finish', after: 0 }) })
    await branchRun(folder, from, other)
    const branch = back.take(await resumeRun(engine, other, back.events))
    const { outcome } = await branch.finished
    expect(back.steps[0]).toBe(from + 1)
    expect(outcome.changes.map(({ change }) => change.kind)).toEqual(['look', 'finish'])
    expect(bits(await replayed(outcome.changes))).toEqual(bits(outcome))
    expect(resultBytes(folder)).toEqual(before)
    await expect(branchRun(folder, 1000, other)).rejects.toThrow(/no snapshot of step 1000/)
  })
})

test('a live run refuses changes that are none, each by its kind, and goes on', async () => {
  const picture = tinyPicture('look')
  const point = { index: 48, x: 0.3, y: 0.7 }
  const wrong: readonly (readonly [change: unknown, picture?: TargetInput])[] = [
    [{ kind: 'weights', weights: { perceptual: -1, landmark: 0, noiseReg: 0 } }],
    [{ kind: 'weights', weights: { perceptual: 1, landmark: Number.NaN, noiseReg: 0 } }],
    [{ kind: 'weights' }],
    [{ kind: 'group-weights', groupWeights: groupWeights.slice(1) }],
    [{ kind: 'look' }],
    // A name is not enough: the picture may not be there, and the run would end.
    [{ kind: 'look', picture: pictureFingerprint(picture) }],
    [{ kind: 'landmarks', groups: [9] }, picture],
    [{ kind: 'landmarks' }, picture],
    [{ kind: 'points', points: [] }],
    [{ kind: 'points', points: [{ ...point, index: 68 }] }],
    [{ kind: 'points', points: [{ ...point, x: 1.01 }] }],
    [{ kind: 'points', points: [{ index: 48, x: 0.3 }] }],
    [{ kind: 'points', points: [point, point] }],
    [{ kind: 'finish', after: 1.5 }],
    [{ kind: 'stop' }],
  ]
  const refusals: string[] = []
  const torn = { name: 'torn.png', bytes: new Uint8Array([1, 2, 3]), alignment: 'none' } as const
  const { events, take } = script({
    5: (running) => running.steer({ kind: 'look' }, torn),
    15: (running) => running.steer({ kind: 'finish', after: 0 }),
  })
  const run = take(
    await startRun(engine, tinyOrder(temporaryFolder(), settings), {
      ...events,
      refused: ({ failure }) => refusals.push(failure.message),
    }),
  )
  for (const [change, picture] of wrong) {
    const { kind } = change as { kind: string }
    await expect(run.steer(change as UnnamedChange, picture), JSON.stringify(change)).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringContaining(`The change "${kind}"`),
    })
  }
  expect((await run.finished).outcome.changes.map(({ change }) => change.kind)).toEqual(['finish'])
  expect(refusals).toEqual([expect.stringContaining('torn.png')])
})

test('a run that is not live takes no changes', async () => {
  const run = await startRun(engine, tinyOrder(temporaryFolder(), { steps: 2 }))
  await expect(run.steer({ kind: 'hold' })).rejects.toMatchObject({ code: 'wrong-use' })
  await run.finished
})

test('a run whose writer fails is given up with the reason', async () => {
  const order = tinyOrder(temporaryFolder(), { steps: 40 })
  const recovery = await newRecovery(order)
  const run = supervise(engine, parametersOf(tinyOrder('', settings), [], []), recovery, {
    progress: ({ step }) => step === 5 && run.abandon(new Error('no pen')),
  })
  await expect(run.outcome).rejects.toThrow('no pen')
  expect(recovery.attempts.at(-1)?.end).toEqual({ how: 'failed', reason: 'no pen' })
})

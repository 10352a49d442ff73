import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProjectOutcome } from '../../src/node/engine/protocol.ts'
import { pictureFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import type { ProjectionOrder } from '../../src/node/runs/kinds/projection/order.ts'
import type { RunningProjection } from '../../src/node/runs/kinds/projection/projection.ts'
import { keyframesOf } from '../../src/node/runs/recovery.ts'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import type { RunEvents } from '../../src/node/runs/supervisor.ts'
import { full } from '../full.ts'
import { photograph, photographOrder } from './photographs.ts'
import {
  bits,
  branchRun,
  engine,
  replay,
  resultBytes,
  temporaryFolder,
  tinyOrder,
  tinyPicture,
  watched,
} from './tiny-run.ts'

/** Runs, and does something at a step. */
async function runWith(
  start: (events: RunEvents) => Promise<RunningProjection>,
  acts: Readonly<Record<number, (run: RunningProjection) => unknown>> = {},
  events: RunEvents = {},
): Promise<ProjectOutcome> {
  let run: RunningProjection | undefined
  run = await start({ ...events, progress: ({ step }) => void acts[step]?.(run!) })
  return (await run.finished).outcome
}

function recordOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
}

/** The terms of a run's first step. */
function firstStep(folder: string): Readonly<Record<string, number>> {
  return JSON.parse(readFileSync(join(folder, 'metrics.ndjson'), 'utf8').split('\n')[0]!)
}

const stop = (run: RunningProjection) => run.stop()

/** All pictures that the tests steer with. */
const other = photograph('sample1.jpg', { face: 1 })
const mouth = photograph('sample1.jpg', { face: 3 })

/** The run of the order with its changes, in one go. */
const replayed = (order: ProjectionOrder, { changes }: ProjectOutcome) =>
  replay(order, changes, [other, mouth, tinyPicture('look')])

describe('a run of photographs', () => {
  const whole = mkdtempSync(join(tmpdir(), 'mien-crash-'))
  let untouched: ProjectOutcome
  beforeAll(async () => {
    untouched = await runWith((events) => startRun(engine, photographOrder(whole, false), events))
  })
  afterAll(() => rmSync(whole, { recursive: true, force: true }))

  test('that is stopped, resumed and killed ends on the same bits, and is not resumed with another face', async () => {
    const torn = temporaryFolder()
    const stopped = await runWith((events) => startRun(engine, photographOrder(torn, false), events), {
      12: stop,
    })
    expect(stopped.stopped).toBe(true)
    const changed = join(temporaryFolder(), 'changed')
    cpSync(torn, changed, { recursive: true })
    const spawn = watched(engine)
    let killed = 0
    const kill = () => killed++ === 0 && spawn.processes.at(-1)!.kill()
    const told: number[] = []
    const outcome = await runWith(
      (events) => resumeRun(spawn, torn, events),
      { 28: kill },
      { targets: ({ alignments }) => told.push(alignments?.landmarks?.face?.number ?? 0) },
    )
    expect(spawn.processes).toHaveLength(2)
    expect(told).toEqual([2])
    expect(bits(outcome)).toEqual(bits(untouched))
    expect(resultBytes(torn)).toEqual(resultBytes(whole))
    expect(recordOf(torn).result.alignment).toEqual(recordOf(whole).result.alignment)
    for (const name of ['target_look.png', 'target_landmarks.png'])
      expect(readFileSync(join(torn, name))).toEqual(readFileSync(join(whole, name)))

    const path = join(changed, 'run.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    expect(record.order.landmarks.alignment).toEqual({ face: 2 })
    record.order.landmarks.alignment = { face: 1 }
    writeFileSync(path, JSON.stringify(record))
    await expect((await resumeRun(engine, changed)).finished).rejects.toMatchObject({
      code: 'mismatch',
      message: expect.stringContaining('pictures changed'),
    })
  })

  test.runIf(full)('aims at drawn heat maps, and goes on with landmarks that were given', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()]
    const { points } = recordOf(whole).result.alignment.landmarks
    const given = photographOrder(folder, false, { landmarks: photograph('sample1.jpg', { points }) })
    await runWith((events) => startRun(engine, given, events), { 27: stop })
    const outcome = await runWith((events) => resumeRun(engine, folder, events))
    expect(bits(outcome)).toEqual(bits(untouched))
    const { files } = tinyOrder('', {})
    await runWith((events) => startRun(engine, photographOrder(other, false, { files }), events), {
      1: stop,
    })
    expect(firstStep(other).landmark).not.toBe(firstStep(whole).landmark)
  })
})

describe('a live run that is given photographs', () => {
  const squares = { look: tinyPicture('look'), landmarks: tinyPicture('landmarks') }
  /** The same photograph twice, by two faces, and a square as it is. */
  const acts = {
    8: (run: RunningProjection) => run.steer({ kind: 'look' }, other),
    14: (run: RunningProjection) => run.steer({ kind: 'landmarks', groups: [7, 8] }, mouth),
    20: (run: RunningProjection) => run.steer({ kind: 'landmarks', groups: [0] }, tinyPicture('look')),
  }
  const names = [other, mouth, tinyPicture('look')].map(pictureFingerprint)
  const named = ({ changes }: ProjectOutcome) =>
    changes.map(({ change }) => ('picture' in change ? change.picture : change.kind))
  const end = (run: RunningProjection) => run.steer({ kind: 'finish', after: 0 })

  const branches = full ? ', and so is a branch' : ''
  test(`that is steered, stopped and resumed is replayed to the bit${branches}`, async () => {
    const [folder, branch] = [temporaryFolder(), join(temporaryFolder(), 'branch')]
    const order = photographOrder(folder, true, squares)
    let run: RunningProjection | undefined
    let made = 0
    // Looking for faces takes many steps; it is stopped once all three changes are made.
    run = await startRun(engine, order, {
      progress: ({ step }) => void acts[step as keyof typeof acts]?.(run!),
      change: () => ++made === 3 && run!.stop(),
    })
    expect(named((await run.finished).outcome)).toEqual(names)
    const last = (await keyframesOf(folder)).at(-1)!
    if (full) {
      await branchRun(folder, last, branch)
      const aside = await runWith((events) => resumeRun(engine, branch, events), {
        [last + 3]: (running) => running.steer({ kind: 'look' }, mouth),
        [last + 6]: end,
      })
      expect(named(aside)).toEqual([...names, pictureFingerprint(mouth), 'finish'])
      expect(bits(await replayed(order, aside))).toEqual(bits(aside))
    }
    const outcome = await runWith((events) => resumeRun(engine, folder, events), { [last + 5]: end })
    expect(named(outcome)).toEqual([...names, 'finish'])
    expect(bits(await replayed(order, outcome))).toEqual(bits(outcome))
  }, 600_000)

  test.runIf(full)('goes on without a picture that shows no such face', async () => {
    let run: RunningProjection | undefined
    const refusals: string[] = []
    run = await startRun(engine, photographOrder(temporaryFolder(), true, squares), {
      progress: ({ step }) =>
        step === 5 && run!.steer({ kind: 'look' }, photograph('sample1.jpg', { face: 9 })),
      refused({ failure }) {
        refusals.push(failure.message)
        void run!.steer({ kind: 'finish', after: 0 })
      },
    })
    const { outcome } = await run.finished
    expect(outcome.changes.map(({ change }) => change.kind)).toEqual(['finish'])
    expect(refusals).toEqual([expect.stringContaining('no face 9')])
  })
})

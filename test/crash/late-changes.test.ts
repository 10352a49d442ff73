import { cpSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import { type FromWorker, protocolVersion, type ToWorker } from '../../src/node/engine/protocol.ts'
import type { RunningProjection } from '../../src/node/runs/kinds/projection/projection.ts'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import { supervise } from '../../src/node/runs/supervisor.ts'
import { fakeEngine } from './fake-engine.ts'
import { atOutcome } from './held-outcome.ts'
import { engine, newRecovery, parametersOf, temporaryFolder, tinyOrder, tinyPicture } from './tiny-run.ts'

const settings = { steps: 40, live: true }
const rampDown = 10
const weights = { perceptual: 0.2, landmark: 0, noiseReg: 1e5 }

const kindsOf = (changes: readonly RecordedChange[]) => changes.map(({ change }) => change.kind)

describe.each([
  ['an engine in this process', fakeEngine(() => undefined)],
  ['the real engine', engine],
])('a change that comes when the last step is done, by %s', (_, spawn) => {
  test('is handed back, and made when the run goes on', async () => {
    const folder = temporaryFolder()
    let run: RunningProjection | undefined
    const held = atOutcome(spawn, async () => {
      expect(await run!.steer({ kind: 'finish', after: 20 })).toBe(true)
      expect(await run!.steer({ kind: 'look' }, tinyPicture('landmarks'))).toBe(true)
    })
    run = await startRun(held, tinyOrder(folder, settings), {
      progress: ({ step }) => step === 3 && void run!.steer({ kind: 'finish', after: 0 }),
    })
    const { outcome, unmade } = await run.finished
    expect(kindsOf(outcome.changes)).toEqual(['finish'])
    expect(unmade).toEqual([
      { kind: 'finish', after: 20 },
      { kind: 'look', picture: expect.any(String) },
    ])
    // From here on changes are left for a run at rest.
    expect(await run.steer({ kind: 'hold' })).toBe(false)

    const more = await (await resumeRun(spawn, folder)).finished
    expect(kindsOf(more.outcome.changes)).toEqual(['finish', 'finish', 'look'])
    expect(more.outcome.steps).toBe(outcome.steps + 20 + rampDown)
    expect(more.unmade).toEqual([])
  })
})

test('a change that waits for the end of a pause is made also if the program is killed before', async () => {
  const [folder, other] = [temporaryFolder(), temporaryFolder()]
  const spawn = fakeEngine(() => undefined)
  let run: RunningProjection | undefined
  const paused = new Promise<void>((resolve) => {
    void startRun(spawn, tinyOrder(folder, settings), {
      progress: ({ step }) => step === 5 && run!.pause(),
      paused: () => resolve(),
    }).then((started) => {
      run = started
    })
  })
  await paused
  expect(await run!.steer({ kind: 'weights', weights })).toBe(true)
  expect(await run!.steer({ kind: 'finish', after: 0 })).toBe(true)
  // What a kill leaves is what lies on the disk at that moment.
  cpSync(folder, other, { recursive: true })
  run!.interrupt()
  await expect(run!.finished).rejects.toThrow('interrupted')
  for (const left of [folder, other]) {
    const { outcome } = await (await resumeRun(spawn, left)).finished
    expect(kindsOf(outcome.changes)).toEqual(['weights', 'finish'])
  }
})

/** An engine whose process does what the test has it do when it is sent something. */
function scriptedEngine(
  hear: (process: number, message: ToWorker, say: (message: FromWorker) => void, exit: () => void) => void,
): SpawnWorker {
  let processes = 0
  return () => {
    const process = ++processes
    let say: (message: FromWorker) => void = () => undefined
    let exit: (reason: string) => void = () => undefined
    return {
      send: (message) => void setImmediate(() => hear(process, message, say, () => exit('SIGABRT'))),
      onMessage(listener) {
        say = listener
        setImmediate(() => say({ kind: 'ready', version: protocolVersion }))
      },
      onExit(listener) {
        exit = listener
      },
      kill: () => undefined,
    }
  }
}

test('an engine is asked again for what the one before left without an answer, and for nothing else', async () => {
  const asks: (readonly [process: number, ask: string])[] = []
  const failure = { kind: 'refusal', code: 'bad-image', message: 'Torn.', place: {} } as const
  const spawn = scriptedEngine((process, message, say, exit) => {
    if (message.kind !== 'steer') return
    const { id, ask, change } = message
    asks.push([process, ask])
    if (process === 1 && ask === 'refused')
      say({ kind: 'event', id, name: 'refused', data: { ask, failure } })
    if (process === 1 && ask === 'twin')
      say({ kind: 'event', id, name: 'change', data: { step: 1, change, asks: [ask] } })
    if (process === 1 && ask === 'last') exit()
    if (process === 2 && ask === 'last')
      say({ kind: 'failure', id, failure: { ...failure, message: 'Enough.' } })
  })
  const order = tinyOrder(temporaryFolder(), settings)
  const recovery = await newRecovery(order)
  const refused: string[] = []
  const run = supervise(spawn, parametersOf(order, [], []), recovery, {
    refused: ({ ask }) => refused.push(ask),
  })
  const hold = { kind: 'hold' } as const
  for (const ask of ['first', 'refused', 'twin', 'other twin', 'last']) {
    await recovery.ask({ ask, change: hold })
    run.steer({ ask, change: hold })
  }
  await expect(run.outcome).rejects.toThrow('Enough.')
  expect(asks.filter(([process]) => process === 2).map(([, ask]) => ask)).toEqual([
    'first',
    'other twin',
    'last',
  ])
  expect(refused).toEqual(['refused'])
  expect((await recovery.unanswered()).map(({ ask }) => ask)).toEqual(['first', 'other twin', 'last'])
})

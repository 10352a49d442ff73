import { expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { type SpawnWorker, startEngine, type WorkerProcess } from '../../src/node/engine/client.ts'
import { reportOf } from '../../src/node/engine/failure.ts'
import { keptEngine } from '../../src/node/engine/kept-engine.ts'
import type { FromWorker, ToWorker } from '../../src/node/engine/protocol.ts'

/** Processes that do what they are told to do with a job. */
function fakeProcesses() {
  const processes: { heard: ToWorker[]; ended: boolean; tell(message: FromWorker): void; exit(): void }[] = []
  const spawn: SpawnWorker = () => {
    const told: ((message: FromWorker) => void)[] = []
    const exits: ((reason: string) => void)[] = []
    const process = {
      heard: [] as ToWorker[],
      ended: false,
      tell: (message: FromWorker) => told.forEach((listener) => void listener(message)),
      exit: () => exits.forEach((listener) => void listener('exit code 1')),
    }
    processes.push(process)
    return {
      send: (message) => void process.heard.push(message),
      onMessage: (listener) => void told.push(listener),
      onExit: (listener) => void exits.push(listener),
      kill() {
        process.ended = true
      },
    } satisfies WorkerProcess
  }
  return { processes, spawn }
}

/** Starts a job in a process of its own choosing. */
function work(spawn: SpawnWorker) {
  const engine = startEngine(spawn)
  const { outcome } = engine.start('probe', { provider: 'cpu' })
  return { engine, outcome: outcome.catch((error: unknown) => error) }
}

/** A process that has done a job, which ended with that message, for a user who has gone. */
async function worked(message: FromWorker) {
  const { processes, spawn } = fakeProcesses()
  const kept = keptEngine(spawn)
  const { engine, outcome } = work(kept)
  processes[0]!.tell(message)
  await outcome
  engine.close()
  return { processes, kept }
}

const done: FromWorker = { kind: 'outcome', id: 1, outcome: { provider: 'cpu', worthwhile: true } }
const failed = (error: Error): FromWorker => ({ kind: 'failure', id: 1, failure: reportOf(error) })

test('a process whose job is over is told to keep what it opens, and does the next one', async () => {
  const { processes, spawn } = fakeProcesses()
  const kept = keptEngine(spawn)
  for (const message of [done, failed(new MienError('bad-image', 'There is no face.')), done]) {
    const { engine, outcome } = work(kept)
    processes[0]!.tell(message)
    await outcome
    engine.close()
  }
  expect(processes.length).toBe(1)
  expect(processes[0]!.heard.map(({ kind }) => kind)).toEqual(['keep', 'start', 'start', 'start'])
  expect(processes[0]!.ended).toBe(false)
  kept.close()
  expect(processes[0]!.ended).toBe(true)
})

test('a process that waits is ended after a while, unless it got more to do by then', async () => {
  vi.useFakeTimers()
  try {
    const { processes, spawn } = fakeProcesses()
    const kept = keptEngine(spawn, 1000)
    const first = work(kept)
    processes[0]!.tell(done)
    await first.outcome
    first.engine.close()
    vi.advanceTimersByTime(900)
    const second = work(kept)
    vi.advanceTimersByTime(5000)
    expect(processes.map(({ ended }) => ended)).toEqual([false])
    processes[0]!.tell(done)
    await second.outcome
    second.engine.close()
    vi.advanceTimersByTime(900)
    expect(processes[0]!.ended).toBe(false)
    vi.advanceTimersByTime(200)
    expect(processes[0]!.ended).toBe(true)
    work(kept)
    expect(processes.length).toBe(2)
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  ['lost its device', failed(new MienError('device', 'The device cuda failed.'))],
  ['failed for no known reason', failed(new Error('undefined is not a function'))],
])('a process that %s is ended with its job', async (_, message) => {
  const { processes, kept } = await worked(message)
  expect(processes[0]!.ended).toBe(true)
  work(kept)
  expect(processes.length).toBe(2)
})

test('a process that is ended in the middle of a job, even of its second, is not handed out', async () => {
  const { processes, kept } = await worked(done)
  const second = work(kept)
  second.engine.close()
  expect(await second.outcome).toMatchObject({ code: 'stopped' })
  expect(processes[0]!.ended).toBe(true)
  work(kept)
  expect(processes.length).toBe(2)
})

test('a process that ends while nobody uses it, or with its job just done, is not handed out', async () => {
  const { processes, kept } = await worked(done)
  processes[0]!.exit()
  const second = work(kept)
  expect(processes.length).toBe(2)
  processes[1]!.tell(done)
  processes[1]!.exit()
  await second.outcome
  second.engine.close()
  work(kept)
  expect(processes.length).toBe(3)
})

test('one process waits at most, and none beside work that has its own environment', async () => {
  const { processes, spawn } = fakeProcesses()
  const kept = keptEngine(spawn)
  const both = [work(kept), work(kept)]
  for (const process of processes) process.tell(done)
  await Promise.all(both.map(({ outcome }) => outcome))
  for (const { engine } of both) engine.close()
  expect(processes.map(({ ended }) => ended)).toEqual([false, true])
  kept('tuning')
  expect(processes[0]!.ended).toBe(true)
  expect(processes[2]!.heard).toEqual([])
})

test('what a process says to the one who used it before reaches nobody, nor does it hear of them', async () => {
  const { processes, spawn } = fakeProcesses()
  const kept = keptEngine(spawn)
  const earlier = kept()
  const heard: FromWorker[] = []
  earlier.onMessage((message) => heard.push(message))
  earlier.send({ kind: 'start', id: 1, job: 'probe', parameters: { provider: 'cpu' } })
  processes[0]!.tell(done)
  earlier.kill()
  const { engine } = work(kept)
  earlier.send({ kind: 'stop', id: 1 })
  earlier.kill()
  processes[0]!.tell(done)
  engine.close()
  expect(heard).toEqual([done])
  expect(processes[0]!.heard.map(({ kind }) => kind)).toEqual(['keep', 'start', 'start'])
})

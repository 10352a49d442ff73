import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { type SpawnWorker, startEngine, type WorkerProcess } from '../../src/node/engine/client.ts'
import { forkEntry } from '../../src/node/engine/fork.ts'
import type { ProjectOutcome, ProjectParameters, TargetInput } from '../../src/node/engine/protocol.ts'
import { pictureFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import { keptOrderOf, type ProjectionOrder } from '../../src/node/runs/kinds/projection/order.ts'
import { branchProjection } from '../../src/node/runs/kinds/projection/projection.ts'
import { openRecord, recordFile } from '../../src/node/runs/record/record-file.ts'
import { createRecovery, hasRecovery, openRecovery, type ResumePoint } from '../../src/node/runs/recovery.ts'
import { type PlacedOrder, recordOfOrder, startRun } from '../../src/node/runs/run.ts'

export { dice } from './dice.ts'

const root = join(import.meta.dirname, '..', '..')
export const tiny64 = join(root, 'test', 'fixtures', 'tiny64')

/** A landmark network of one module: a search with it loads and steps a fifth faster than with that of tiny64, which has two. */
export const quickFan = join(root, 'test', 'fixtures', 'tiny512', 'fan.pth')

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mien-crash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A picture of tiny64 as it is given to the engine. */
export function tinyPicture(name: 'look' | 'landmarks') {
  const bytes = new Uint8Array(readFileSync(join(tiny64, `${name}.png`)))
  return { name: `${name}.png`, bytes, alignment: 'none' } as const
}

/** A projection with small networks, on one thread. */
export function tinyOrder(
  folder: string,
  settings: Partial<ProjectionOrder['settings']>,
  more: Partial<ProjectionOrder> = {},
): PlacedOrder {
  const file = (name: string) => ({ path: join(tiny64, name) })
  return {
    folder,
    look: tinyPicture('look'),
    landmarks: tinyPicture('landmarks'),
    settings: { ...referenceSettings, ...settings },
    files: {
      generator: [file('generator.pkl')],
      landmarks: [{ path: quickFan }],
      perceptual: [file('vgg16.pth'), file('lpips.pth')],
    },
    provider: 'cpu',
    threads: 1,
    film: false,
    ...more,
  }
}

/** The real engine, as it was built. */
export const engine: SpawnWorker = () => forkEntry(join(root, 'dist', 'node', 'worker', 'entry.js'))

/**
 * The real engine, which commits a fault when it tells its n-th message of that kind, counted from 1: the message is
 * not sent.
 */
export function faultyEngine(fault: string, kind: string, count: number): SpawnWorker {
  const entry = join(import.meta.dirname, 'faulty-entry.mjs')
  return () => forkEntry(entry, { MIEN_FAULT: `${fault}:${kind}:${count}` })
}

/** Starts these engines one after the other, then always the last. */
export function inTurn(...spawns: readonly SpawnWorker[]): SpawnWorker & { readonly started: number } {
  let started = 0
  const spawn = () => spawns[Math.min(started++, spawns.length - 1)]!()
  return Object.defineProperty(spawn, 'started', { get: () => started }) as SpawnWorker & {
    readonly started: number
  }
}

/** Remembers the processes, so that a test can kill them. */
export function watched(spawn: SpawnWorker): SpawnWorker & { readonly processes: WorkerProcess[] } {
  const processes: WorkerProcess[] = []
  const remember = () => {
    const worker = spawn()
    processes.push(worker)
    return worker
  }
  return Object.assign(remember, { processes })
}

/** What a run that belongs to no project would begin to keep. */
export function newRecovery({ folder, ...order }: PlacedOrder, start?: ResumePoint) {
  const pictures = [order.look, order.landmarks]
  const record = recordFile(folder, recordOfOrder(order))
  return createRecovery(record, { order: keptOrderOf(order), pictures }, start)
}

export async function recordIn(folder: string) {
  const record = await openRecord(folder)
  if (record === undefined) throw new Error(`${folder} holds no run`)
  return record
}

export async function recoveryIn(folder: string) {
  return openRecovery(await recordIn(folder))
}

export async function isResumable(folder: string): Promise<boolean> {
  const record = await openRecord(folder)
  return record !== undefined && hasRecovery(record)
}

/** Lays a run into another folder as it was at one of its keyframes. */
export async function branchRun(from: string, step: number, to: string): Promise<void> {
  const record = await recordIn(from)
  await branchProjection(record, step, recordFile(to, { ...record.now, order: null, resumable: false }))
}

/** The bytes of a run's latent and noise. */
export function resultBytes(folder: string): Buffer {
  return Buffer.concat(['projected_w.npz', 'noise.npz'].map((name) => readFileSync(join(folder, name))))
}

/** What a run that nothing befalls ends with, how long it takes, and how long until its first step. */
export async function untouchedRun(
  settings: Partial<ProjectionOrder['settings']>,
): Promise<{ readonly bytes: Buffer; readonly milliseconds: number; readonly loading: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-crash-'))
  try {
    const started = performance.now()
    let loading: number | undefined
    const progress = () => {
      loading ??= performance.now() - started
    }
    await (await startRun(engine, tinyOrder(folder, settings), { progress })).finished
    const milliseconds = performance.now() - started
    return { bytes: resultBytes(folder), milliseconds, loading: loading ?? milliseconds }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The middle one of an odd number of values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** What the engine is asked for an order with these changes. */
export function parametersOf(
  { files, look, landmarks, settings }: ProjectionOrder,
  changes: readonly RecordedChange[],
  pictures: readonly TargetInput[],
): ProjectParameters {
  return {
    models: files,
    look,
    landmarks,
    settings,
    execution: { provider: 'cpu', threads: 1 },
    previewEvery: 0,
    changes,
    pictures: Object.fromEntries(pictures.map((picture) => [pictureFingerprint(picture), picture])),
  }
}

/** Runs the order with these changes at their steps, in one go. */
export async function replay(...run: Parameters<typeof parametersOf>): Promise<ProjectOutcome> {
  const client = startEngine(engine)
  try {
    return await client.start('project', parametersOf(...run)).outcome
  } finally {
    client.close()
  }
}

/** What two runs that are the same to the bit have in common. */
export const bits = ({ latent, noise, terms, steps }: ProjectOutcome) => ({ latent, noise, terms, steps })

import { join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Change, RecordedChange } from '../../engine/projection/changes.ts'
import { readSnapshot } from '../../engine/projection/snapshot.ts'
import type { StateBytes, TargetInput } from '../engine/protocol.ts'
import {
  exists,
  filesInFolder,
  keepUnderName,
  makeFolder,
  readTextIfAny,
  readWholeFile,
  removeFile,
  removeFolder,
  writeFileAtomic,
} from '../host/files.ts'
import { isAlive } from '../host/processes.ts'
import { serial } from '../host/serial.ts'
import type { ModelFiles } from '../models/files.ts'
import type { ProjectionOrder } from './kinds/projection/order.ts'
import type { Attempt, AttemptEnd } from './record/attempts.ts'
import { type Ask, type ChangeLog, openChangeLog, readChangeLog } from './record/changes.ts'
import { beforeChanges, keyframeName, keyframeStep, mostKeyframes, overMany } from './record/keyframes.ts'
import { readNamedPictures, readPicture, writeNamedPicture, writePicture } from './record/pictures.ts'
import { parseRecovery, type RecoveryRecord, recoveryText } from './record/recovery-record.ts'
import {
  largestSnapshot,
  newestSnapshot,
  newestWritten,
  refuseDamaged,
  writeSlot,
} from './record/snapshots.ts'

/** The folder below that of a run, in which it keeps what it needs to go on. */
const recoveryFolder = 'recovery'

const files = {
  record: 'run.json',
  pictures: 'pictures',
} as const

/** A place to go on from. */
export interface ResumePoint {
  readonly snapshot?: StateBytes
  /** Changes that were made after the snapshot, and are to be made again. */
  readonly changes: readonly RecordedChange[]
  /** The pictures that they and those before name. */
  readonly pictures: Readonly<Record<string, TargetInput>>
}

/**
 * What a run keeps on the disk to go on with. Its methods write one after the other, whole files or whole lines, and
 * reject with MienError 'unwritable'.
 */
export interface Recovery {
  readonly order: ProjectionOrder
  readonly attempts: readonly Attempt[]
  keep(snapshot: StateBytes): Promise<void>
  /** Keeps a picture that a change will name; gives the name. */
  addPicture(picture: TargetInput): Promise<string>
  /** Keeps a change that was made, with the ids of what it answers. */
  addChange(change: RecordedChange, asks?: readonly string[]): Promise<void>
  /** Keeps a change that is asked for, so that it is made also if it is not answered before the program ends. */
  ask(ask: Ask): Promise<void>
  refuse(ask: string): Promise<void>
  /** What was asked for and is neither made nor refused, once all is written. */
  unanswered(): Promise<readonly Ask[]>
  /** Makes a change of a run that no engine works on, where it will go on. */
  makeAtRest(change: Change, asks?: readonly string[]): Promise<void>
  beginAttempt(attempt: Attempt): Promise<void>
  /** Replaces the last attempt. */
  amendAttempt(more: Partial<Pick<Attempt, 'provider'>> & { readonly end?: AttemptEnd }): Promise<void>
  /**
   * The newest sound snapshot, once all is written. Throws MienError 'bad-file' if there are snapshots and none is
   * sound, 'mismatch' for a picture that is missing or was changed.
   */
  resumePoint(): Promise<ResumePoint>
  /** Lets the run be opened again. */
  close(): Promise<void>
  /** Removes everything. */
  remove(): Promise<void>
}

/** The folders of the runs that this process has open. */
const underWay = new Set<string>()

/**
 * Begins to keep a run, in place of what the folder kept of another. `start` is where a branch begins. Throws MienError
 * 'wrong-use' if that other run is under way, 'unwritable'; then nothing of this one is left.
 */
export async function createRecovery(order: ProjectionOrder, start?: ResumePoint): Promise<Recovery> {
  const folder = join(order.folder, recoveryFolder)
  const path = join(folder, files.record)
  requireIdle(order.folder, attemptsIn(await readTextIfAny(path), path))
  await forget(folder)
  try {
    return await beginIn(folder, order, start)
  } catch (error) {
    await forget(folder)
    throw error
  }
}

/** Fills the folder of a recovery, the record last. */
async function beginIn(folder: string, order: ProjectionOrder, start?: ResumePoint): Promise<Recovery> {
  const pictures = join(folder, files.pictures)
  await makeFolder(pictures)
  const { settings, provider, threads, precision, film, likeness } = order
  const record: RecoveryRecord = {
    look: await writePicture(pictures, order.look),
    landmarks: await writePicture(pictures, order.landmarks),
    settings,
    files: withWholePaths(order.files),
    provider,
    film,
    attempts: [],
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
    ...(likeness === undefined ? {} : { likeness }),
  }
  for (const picture of Object.values(start?.pictures ?? {})) await writeNamedPicture(pictures, picture)
  const recovery = await recoveryIn(folder, order, record)
  try {
    for (const change of start?.changes ?? []) await recovery.addChange(change)
    if (start?.snapshot !== undefined) await recovery.keep(start.snapshot)
    await writeFileAtomic(join(folder, files.record), recoveryText(record))
  } catch (error) {
    await recovery.close()
    throw error
  }
  underWay.add(resolve(order.folder))
  return recovery
}

/**
 * The run that a folder keeps. Throws MienError 'wrong-use' if there is nothing to go on with or another process is
 * at it, 'bad-file' or 'mismatch' for what is damaged or was changed.
 *
 * @param models in place of the paths that it kept
 */
export async function openRecovery(runFolder: string, models?: ModelFiles): Promise<Recovery> {
  const kept = await readRecovery(runFolder)
  const { folder } = kept
  const record = models === undefined ? kept.record : { ...kept.record, files: withWholePaths(models) }
  const order = models === undefined ? kept.order : { ...kept.order, files: record.files }
  requireIdle(runFolder, record.attempts)
  const recovery = await recoveryIn(folder, order, record)
  const last = record.attempts.at(-1)
  if (last !== undefined && last.end === undefined) {
    const at = (await recovery.resumePoint()).snapshot?.step ?? 0
    await recovery.amendAttempt({ end: { how: 'crashed', reason: 'Mien ended while it ran', at } })
  }
  for (const { ask, change } of await recovery.unanswered()) await recovery.makeAtRest(change, [ask])
  underWay.add(resolve(runFolder))
  return recovery
}

interface ReadRecovery {
  readonly folder: string
  readonly record: RecoveryRecord
  readonly order: ProjectionOrder
}

async function readRecovery(runFolder: string): Promise<ReadRecovery> {
  const folder = join(runFolder, recoveryFolder)
  const path = join(folder, files.record)
  const text = await readTextIfAny(path)
  if (text === undefined) throw await nothingToResume(runFolder)
  const record = parseRecovery(text, path)
  const pictures = join(folder, files.pictures)
  const { attempts: _, ...rest } = record
  const look = await readPicture(pictures, record.look)
  const landmarks = await readPicture(pictures, record.landmarks)
  return { folder, record, order: { ...rest, folder: runFolder, look, landmarks } }
}

/** Whether a folder keeps a run that can be resumed. */
export function hasRecovery(runFolder: string): Promise<boolean> {
  return exists(join(runFolder, recoveryFolder, files.record))
}

/** The newest sound snapshot of a run that is not under way; undefined where there is none. */
export function newestState(runFolder: string): Promise<StateBytes | undefined> {
  return newestSnapshot(join(runFolder, recoveryFolder))
}

/** When that was written, in milliseconds since 1970; 0 where there is none. */
export function newestStateWritten(runFolder: string): Promise<number> {
  return newestWritten(join(runFolder, recoveryFolder))
}

/** The steps of the snapshots of a live run that may be gone back to, ascending; also while it is under way. */
export function keyframesOf(runFolder: string): Promise<readonly number[]> {
  return keyframesIn(join(runFolder, recoveryFolder))
}

/** The changes of a run, the oldest first; also while it is under way. */
export async function changesOf(runFolder: string): Promise<readonly RecordedChange[]> {
  return (await changeLogOf(runFolder)).made
}

/** Its changes, and those that it was asked for and has not answered; also while it is under way. */
export function changeLogOf(runFolder: string): Promise<Pick<ChangeLog, 'made' | 'unanswered'>> {
  return readChangeLog(join(runFolder, recoveryFolder))
}

/**
 * A run as it was at one of its keyframes; also while it is under way. Throws MienError 'wrong-use' for a step without
 * a keyframe, and as `openRecovery` does.
 */
export async function readKeyframe(
  runFolder: string,
  step: number,
): Promise<{ readonly order: ProjectionOrder; readonly start: ResumePoint }> {
  const { folder, order } = await readRecovery(runFolder)
  const steps = await keyframesIn(folder)
  if (!steps.includes(step)) {
    throw new MienError('wrong-use', `There is no snapshot of step ${step}.`, {
      hint: `Choose one of ${steps.join(', ') || 'none yet'}.`,
    })
  }
  const path = join(folder, keyframeName(step))
  const bytes = await readWholeFile(path, largestSnapshot)
  const { changes } = readSnapshot(bytes, path)
  const pictures = await readNamedPictures(join(folder, files.pictures), changes)
  return { order, start: { snapshot: { step, bytes }, changes, pictures } }
}

async function recoveryIn(folder: string, order: ProjectionOrder, record: RecoveryRecord): Promise<Recovery> {
  let attempts = record.attempts
  const found = await newestSnapshot(folder)
  /** As it lies on the disk, until another one is kept: at 1024 each reading takes a quarter of a second. */
  let read = found
  const log = await openChangeLog(folder, found?.changes ?? [])
  let newest = found?.slot
  const inTurn = serial()
  const writeAttempts = (next: (now: readonly Attempt[]) => readonly Attempt[]) =>
    inTurn(async () => {
      attempts = next(attempts)
      await writeFileAtomic(join(folder, files.record), recoveryText({ ...record, attempts }))
    })

  async function keep({ step, bytes }: StateBytes): Promise<void> {
    read = undefined
    const { path, slot } = await writeSlot(folder, newest, bytes)
    newest = slot
    if (record.settings.live !== true) return
    const before = (await keyframesIn(folder)).filter((other) => other !== step)
    const keyframes = [...before, step].sort((a, b) => a - b)
    const needed = beforeChanges(
      keyframes,
      log.made.map((made) => made.step),
    )
    // Room is made first: who looks meanwhile never finds more.
    for (const surplus of [step, ...overMany(keyframes, mostKeyframes, needed)]) {
      await removeFile(join(folder, keyframeName(surplus)))
    }
    await keepUnderName(path, join(folder, keyframeName(step)))
  }

  return {
    order,
    get attempts() {
      return attempts
    },
    keep: (snapshot) => inTurn(() => keep(snapshot)),
    addPicture: (picture) => inTurn(() => writeNamedPicture(join(folder, files.pictures), picture)),
    addChange: (change, asks = []) => inTurn(() => log.make(change, asks)),
    ask: (ask) => inTurn(() => log.ask(ask)),
    refuse: (ask) => inTurn(() => log.refuse(ask)),
    unanswered: () => inTurn(async () => log.unanswered),
    makeAtRest: (change, asks = []) =>
      inTurn(async () => {
        read ??= await newestSnapshot(folder)
        const snapshot = read
        const step = Math.max(snapshot?.step ?? 0, ...log.made.map((made) => made.step))
        await log.make({ step, change }, asks)
      }),
    beginAttempt: (attempt) => writeAttempts((now) => [...now, attempt]),
    amendAttempt: (more) =>
      writeAttempts((now) => [...now.slice(0, -1), ...now.slice(-1).map((last) => ({ ...last, ...more }))]),
    resumePoint: () =>
      inTurn(async () => {
        read ??= await newestSnapshot(folder)
        const snapshot = read
        if (snapshot === undefined) await refuseDamaged(folder)
        const inOrder = [...log.made].sort((a, b) => a.step - b.step)
        return {
          ...(snapshot && { snapshot: { step: snapshot.step, bytes: snapshot.bytes } }),
          changes: inOrder.slice(snapshot?.changes.length ?? 0),
          pictures: await readNamedPictures(join(folder, files.pictures), inOrder),
        }
      }),
    close: () =>
      inTurn(async () => {
        await log.close()
        underWay.delete(resolve(order.folder))
      }),
    remove: () => inTurn(() => forget(folder)),
  }
}

/** Removes all that a run kept; the record first: where that is cut short, what is left is no run any more. */
async function forget(folder: string): Promise<void> {
  await removeFile(join(folder, files.record)).catch(() => undefined)
  await removeFolder(folder)
}

async function keyframesIn(folder: string): Promise<readonly number[]> {
  const steps = (await filesInFolder(folder)).map(keyframeStep).filter((step) => step !== undefined)
  return steps.sort((a, b) => a - b)
}

/** A run may be taken up from another folder than the one in which it was started. */
function withWholePaths(models: ModelFiles): ModelFiles {
  const entries = Object.entries(models).map(([part, list]) => [
    part,
    list.map((file) => ({ ...file, path: resolve(file.path) })),
  ])
  return Object.fromEntries(entries) as ModelFiles
}

async function nothingToResume(runFolder: string): Promise<MienError> {
  const what = !(await exists(runFolder))
    ? 'does not exist'
    : (await exists(join(runFolder, files.record)))
      ? 'holds a run that is over'
      : 'holds no run'
  return new MienError('wrong-use', `There is nothing to resume: ${runFolder} ${what}.`, {
    file: runFolder,
    hint: 'Choose a run that was stopped or killed, or start a new one.',
  })
}

/** Throws MienError 'wrong-use' if this process or another one is at the run. */
function requireIdle(runFolder: string, attempts: readonly Attempt[]): void {
  const last = attempts.at(-1)
  const own = underWay.has(resolve(runFolder)) ? process.pid : undefined
  const pid = own ?? (last !== undefined && isAtWork(last) ? last.pid : undefined)
  if (pid === undefined) return
  throw new MienError('wrong-use', `The run in ${runFolder} is under way in process ${pid}.`, {
    file: runFolder,
    hint: 'Wait for it, or stop it first.',
  })
}

/** What a record that may be missing or damaged says of attempts. */
function attemptsIn(text: string | undefined, path: string): readonly Attempt[] {
  try {
    return text === undefined ? [] : parseRecovery(text, path).attempts
  } catch {
    return []
  }
}

/** Whether another process is at an attempt. */
function isAtWork({ pid, started, end }: Attempt): boolean {
  return end === undefined && pid !== process.pid && isAlive(pid, Date.parse(started))
}

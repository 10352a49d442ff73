import { join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Change, RecordedChange } from '../../engine/projection/changes.ts'
import type { StateBytes, TargetInput } from '../engine/protocol.ts'
import {
  exists,
  filesInFolder,
  keepUnderName,
  readWholeFile,
  removeFile,
  removeFolder,
} from '../host/files.ts'
import { isAlive } from '../host/processes.ts'
import { serial } from '../host/serial.ts'
import { snapshotReaders } from './kinds/snapshot-readers.ts'
import type { Attempt, AttemptEnd } from './record/attempts.ts'
import { type Ask, type ChangeLog, openChangeLog, readChangeLog } from './record/changes.ts'
import { beforeChanges, keyframeName, keyframeStep, mostKeyframes, overMany } from './record/keyframes.ts'
import { keepPictures, readNamedPictures, writeNamedPicture } from './record/pictures.ts'
import type { RunRecord } from './record/record.ts'
import { openRecord, type RecordFile } from './record/record-file.ts'
import { pictureFolder, recoveryFolder } from './record/run-files.ts'
import {
  largestSnapshot,
  newestSnapshot,
  newestWritten,
  refuseDamaged,
  writeSlot,
} from './record/snapshots.ts'

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

/** What a run is asked for. */
export interface KeptRequest {
  readonly order: NonNullable<RunRecord['order']>
  /** Those that the order names by their hashes. */
  readonly pictures: readonly TargetInput[]
}

/**
 * Begins to keep a run, in place of what its folder kept of another. `start` is where a branch begins. Throws MienError
 * 'wrong-use' if that other run is under way, 'unwritable'; then nothing of this one is left.
 */
export async function createRecovery(
  record: RecordFile,
  request: KeptRequest,
  start?: ResumePoint,
): Promise<Recovery> {
  const before = await openRecord(record.folder).catch(() => undefined)
  requireIdle(record.folder, before?.now.attempts ?? [])
  await removeFolder(join(record.folder, recoveryFolder))
  try {
    return await beginIn(record, request, start)
  } catch (error) {
    record.change((now) => ({ ...now, resumable: false }))
    await removeFolder(join(record.folder, recoveryFolder))
    throw error
  }
}

/** Fills the folder of a recovery, then says so in the record. */
async function beginIn(
  record: RecordFile,
  { order, pictures }: KeptRequest,
  start?: ResumePoint,
): Promise<Recovery> {
  const folder = await keepPictures(record.folder, pictures)
  for (const picture of Object.values(start?.pictures ?? {})) await writeNamedPicture(folder, picture)
  record.change((now) => ({ ...now, order, attempts: [] }))
  const recovery = await recoveryIn(record)
  try {
    for (const change of start?.changes ?? []) await recovery.addChange(change)
    if (start?.snapshot !== undefined) await recovery.keep(start.snapshot)
    record.change((now) => ({ ...now, resumable: true }))
    await record.save()
  } catch (error) {
    await recovery.close()
    throw error
  }
  underWay.add(resolve(record.folder))
  return recovery
}

/**
 * The run that a folder keeps. Throws MienError 'wrong-use' if there is nothing to go on with or another process is
 * at it, 'bad-file' or 'mismatch' for what is damaged or was changed.
 */
export async function openRecovery(record: RecordFile): Promise<Recovery> {
  if (!(await hasRecovery(record))) throw nothingToResume(record.folder, 'holds a run that is over')
  requireIdle(record.folder, record.now.attempts)
  const recovery = await recoveryIn(record)
  const last = record.now.attempts.at(-1)
  if (last !== undefined && last.end === undefined) {
    const at = (await recovery.resumePoint()).snapshot?.step ?? 0
    const end = { how: 'crashed', reason: 'Mien ended while it ran', at } as const
    // On a disk that takes nothing it is only remembered, and what comes next says that the disk is full.
    await recovery.amendAttempt({ end }).catch(() => undefined)
  }
  for (const { ask, change } of await recovery.unanswered()) await recovery.makeAtRest(change, [ask])
  underWay.add(resolve(record.folder))
  return recovery
}

/** Whether a run has kept what it takes to go on; a pack may have left that out. */
export async function hasRecovery({ folder, now }: RecordFile): Promise<boolean> {
  return now.resumable && (await exists(join(folder, recoveryFolder)))
}

/** The newest sound snapshot of a run that is not under way; undefined where there is none. */
export function newestState(
  runFolder: string,
  kind: RunRecord['kind'] = 'projection',
): Promise<StateBytes | undefined> {
  return newestSnapshot(join(runFolder, recoveryFolder), snapshotReaders[kind])
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
export async function readKeyframe(record: RecordFile, step: number): Promise<ResumePoint> {
  if (!(await hasRecovery(record))) throw nothingToResume(record.folder, 'holds a run that is over')
  const folder = join(record.folder, recoveryFolder)
  const steps = await keyframesIn(folder)
  if (!steps.includes(step)) {
    throw new MienError('wrong-use', `There is no snapshot of step ${step}.`, {
      hint: `Choose one of ${steps.join(', ') || 'none yet'}.`,
    })
  }
  const path = join(folder, keyframeName(step))
  const bytes = await readWholeFile(path, largestSnapshot)
  const { changes } = snapshotReaders[record.now.kind](bytes, path)
  const pictures = await readNamedPictures(join(folder, pictureFolder), changes)
  return { snapshot: { step, bytes }, changes, pictures }
}

async function recoveryIn(record: RecordFile): Promise<Recovery> {
  const folder = join(record.folder, recoveryFolder)
  const reader = snapshotReaders[record.now.kind]
  const found = await newestSnapshot(folder, reader)
  /** As it lies on the disk, until another one is kept: at 1024 each reading takes a quarter of a second. */
  let read = found
  const log = await openChangeLog(folder, found?.changes ?? [])
  let newest = found?.slot
  const inTurn = serial()
  const writeAttempts = (next: (now: readonly Attempt[]) => readonly Attempt[]) =>
    inTurn(async () => {
      record.change((now) => ({ ...now, attempts: next(now.attempts) }))
      await record.save()
    })

  async function keep({ step, bytes }: StateBytes): Promise<void> {
    read = undefined
    const { path, slot } = await writeSlot(folder, newest, bytes)
    newest = slot
    if (record.now.order?.settings.live !== true) return
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
    get attempts() {
      return record.now.attempts
    },
    keep: (snapshot) => inTurn(() => keep(snapshot)),
    addPicture: (picture) => inTurn(() => writeNamedPicture(join(folder, pictureFolder), picture)),
    addChange: (change, asks = []) => inTurn(() => log.make(change, asks)),
    ask: (ask) => inTurn(() => log.ask(ask)),
    refuse: (ask) => inTurn(() => log.refuse(ask)),
    unanswered: () => inTurn(async () => log.unanswered),
    makeAtRest: (change, asks = []) =>
      inTurn(async () => {
        read ??= await newestSnapshot(folder, reader)
        const snapshot = read
        const step = Math.max(snapshot?.step ?? 0, ...log.made.map((made) => made.step))
        await log.make({ step, change }, asks)
      }),
    beginAttempt: (attempt) => writeAttempts((now) => [...now, attempt]),
    amendAttempt: (more) =>
      writeAttempts((now) => [...now.slice(0, -1), ...now.slice(-1).map((last) => ({ ...last, ...more }))]),
    resumePoint: () =>
      inTurn(async () => {
        read ??= await newestSnapshot(folder, reader)
        const snapshot = read
        if (snapshot === undefined) await refuseDamaged(folder, reader)
        const inOrder = [...log.made].sort((a, b) => a.step - b.step)
        return {
          ...(snapshot && { snapshot: { step: snapshot.step, bytes: snapshot.bytes } }),
          changes: inOrder.slice(snapshot?.changes.length ?? 0),
          pictures: await readNamedPictures(join(folder, pictureFolder), inOrder),
        }
      }),
    close: () =>
      inTurn(async () => {
        await log.close()
        underWay.delete(resolve(record.folder))
      }),
    remove: () => inTurn(() => forget(record)),
  }
}

/** Removes all that a run kept, once the record says so: where that is cut short, what is left is no run any more. */
async function forget(record: RecordFile): Promise<void> {
  record.change((now) => ({ ...now, resumable: false }))
  await record.save()
  await removeFolder(join(record.folder, recoveryFolder))
}

async function keyframesIn(folder: string): Promise<readonly number[]> {
  const steps = (await filesInFolder(folder)).map(keyframeStep).filter((step) => step !== undefined)
  return steps.sort((a, b) => a - b)
}

export function nothingToResume(folder: string, what: string): MienError {
  return new MienError('wrong-use', `There is nothing to resume: ${folder} ${what}.`, {
    file: folder,
    hint: 'Choose a run that was stopped or killed, or start a new one.',
  })
}

/** Throws MienError 'wrong-use' if this process or another one is at the run. */
export function requireIdle(runFolder: string, attempts: readonly Attempt[]): void {
  const last = attempts.at(-1)
  const own = underWay.has(resolve(runFolder)) ? process.pid : undefined
  const pid = own ?? (last !== undefined && isAtWork(last) ? last.pid : undefined)
  if (pid === undefined) return
  throw new MienError('wrong-use', `The run in ${runFolder} is under way in process ${pid}.`, {
    file: runFolder,
    hint: 'Wait for it, or stop it first.',
  })
}

/** Whether another process is at an attempt. */
function isAtWork({ pid, started, end }: Attempt): boolean {
  return end === undefined && pid !== process.pid && isAlive(pid, Date.parse(started))
}

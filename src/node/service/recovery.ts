import { join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { parseRecordedChange, picturesOf, type RecordedChange } from '../../engine/projection/changes.ts'
import { readSnapshot } from '../../engine/projection/snapshot.ts'
import {
  exists,
  filesInFolder,
  keepUnderName,
  type LineFile,
  makeFolder,
  openLineFile,
  readTextIfAny,
  readWholeFile,
  removeFile,
  removeFolder,
  writeFileAtomic,
} from '../files.ts'
import type { ModelFiles, PictureInput, StateBytes } from '../worker/protocol.ts'
import { sha256 } from '../worker/search-fingerprint.ts'
import type { Attempt, AttemptEnd } from './attempts.ts'
import { parseJson } from './json-fields.ts'
import { keyframeName, keyframeStep, overMany } from './keyframes.ts'
import type { ProjectionOrder } from './projection-order.ts'
import { type KeptPicture, parseRecovery, type RecoveryRecord, recoveryText } from './recovery-record.ts'

/** The folder below that of a run, in which it keeps what it needs to go on. */
export const recoveryFolder = 'recovery'

const files = {
  record: 'run.json',
  /** Written in turn, so that the one before is kept. */
  snapshots: ['snapshot-0', 'snapshot-1'],
  changes: 'changes.ndjson',
  pictures: 'pictures',
} as const

/** The snapshot of a 1024 generator has 34 MB. */
const largestSnapshot = 512 * 2 ** 20
const largestPicture = 512 * 2 ** 20

/** A place to go on from. */
export interface Standing {
  readonly snapshot?: StateBytes
  /** Changes that were made after the snapshot, and are to be made again. */
  readonly changes: readonly RecordedChange[]
  /** The pictures that they and those before name. */
  readonly pictures: Readonly<Record<string, PictureInput>>
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
  addPicture(picture: PictureInput): Promise<string>
  addChange(change: RecordedChange): Promise<void>
  beginAttempt(attempt: Attempt): Promise<void>
  /** Replaces the last attempt. */
  amendAttempt(more: Partial<Pick<Attempt, 'provider'>> & { readonly end?: AttemptEnd }): Promise<void>
  /**
   * The newest sound snapshot, once all is written. Throws MienError 'bad-file' if there are snapshots and none is
   * sound, 'mismatch' for a picture that is missing or was changed.
   */
  standing(): Promise<Standing>
  /** The steps of the snapshots of a live run that may be gone back to, ascending. */
  keyframes(): Promise<readonly number[]>
  /** The snapshot of that step. Throws MienError 'wrong-use' if there is none. */
  keyframe(step: number): Promise<StateBytes>
  close(): Promise<void>
  /** Removes everything. */
  remove(): Promise<void>
}

/** Begins to keep a run, in place of what the folder kept of another. `start` is where a branch begins. */
export async function createRecovery(order: ProjectionOrder, start?: Standing): Promise<Recovery> {
  const folder = join(order.folder, recoveryFolder)
  await removeFolder(folder)
  await makeFolder(join(folder, files.pictures))
  const kept = async ({ name, bytes }: PictureInput): Promise<KeptPicture> => ({
    name,
    sha256: await writePicture(folder, bytes),
  })
  const { settings, alignment, provider, threads, film } = order
  const record: RecoveryRecord = {
    look: await kept(order.look),
    landmarks: await kept(order.landmarks),
    settings,
    alignment,
    files: withWholePaths(order.files),
    provider,
    film,
    attempts: [],
    ...(threads === undefined ? {} : { threads }),
  }
  for (const { bytes } of Object.values(start?.pictures ?? {})) await writePicture(folder, bytes)
  const recovery = await recoveryIn(folder, order, record)
  for (const change of start?.changes ?? []) await recovery.addChange(change)
  if (start?.snapshot !== undefined) await recovery.keep(start.snapshot)
  await writeFileAtomic(join(folder, files.record), recoveryText(record))
  return recovery
}

/**
 * The run that a folder keeps. Throws MienError 'wrong-use' if there is nothing to go on with or another process is
 * at it, 'bad-file' or 'mismatch' for what is damaged or was changed.
 */
export async function openRecovery(runFolder: string): Promise<Recovery> {
  const folder = join(runFolder, recoveryFolder)
  const path = join(folder, files.record)
  const text = await readTextIfAny(path)
  if (text === undefined) throw await nothingToResume(runFolder)
  const record = parseRecovery(text, path)
  const last = record.attempts.at(-1)
  if (last !== undefined && last.end === undefined && isAlive(last.pid)) {
    throw new MienError('wrong-use', `The run in ${runFolder} is under way in process ${last.pid}.`, {
      file: runFolder,
      hint: 'Wait for it, or stop it first.',
    })
  }
  const { look, landmarks, attempts, ...rest } = record
  const order: ProjectionOrder = {
    ...rest,
    folder: runFolder,
    look: await readPicture(folder, look.sha256, look.name),
    landmarks: await readPicture(folder, landmarks.sha256, landmarks.name),
  }
  const recovery = await recoveryIn(folder, order, record)
  if (last !== undefined && last.end === undefined) {
    const at = (await recovery.standing()).snapshot?.step ?? 0
    await recovery.amendAttempt({ end: { how: 'crashed', reason: 'Mien ended while it ran', at } })
  }
  return recovery
}

async function recoveryIn(folder: string, order: ProjectionOrder, record: RecoveryRecord): Promise<Recovery> {
  let attempts = record.attempts
  let changes = await readChanges(join(folder, files.changes))
  let changeFile: LineFile | undefined
  // The slot of the newest snapshot, which must not be written next.
  let newest = (await readSlots(folder)).sort((a, b) => b.step - a.step)[0]?.slot
  let tail: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
  const writeAttempts = (next: readonly Attempt[]) =>
    inTurn(async () => {
      attempts = next
      await writeFileAtomic(join(folder, files.record), recoveryText({ ...record, attempts }))
    })

  async function keep({ step, bytes }: StateBytes): Promise<void> {
    const slot = newest === 0 ? 1 : 0
    const path = join(folder, files.snapshots[slot])
    await writeFileAtomic(path, bytes)
    newest = slot
    if (record.settings.live !== true) return
    const keyframe = join(folder, keyframeName(step))
    await removeFile(keyframe)
    await keepUnderName(path, keyframe)
    for (const surplus of overMany(await keyframesIn(folder))) {
      await removeFile(join(folder, keyframeName(surplus)))
    }
  }

  return {
    order,
    get attempts() {
      return attempts
    },
    keep: (snapshot) => inTurn(() => keep(snapshot)),
    addPicture: ({ bytes }) => inTurn(() => writePicture(folder, bytes)),
    addChange: (change) =>
      inTurn(async () => {
        changeFile ??= await openLineFile(
          join(folder, files.changes),
          changes.map((made) => JSON.stringify(made)),
        )
        changes = [...changes, change]
        await changeFile.append(JSON.stringify(change))
      }),
    beginAttempt: (attempt) => writeAttempts([...attempts, attempt]),
    amendAttempt(more) {
      const last = attempts.at(-1)
      return last === undefined
        ? tail.then(() => undefined)
        : writeAttempts([...attempts.slice(0, -1), { ...last, ...more }])
    },
    standing: () =>
      inTurn(async () => {
        const slots = (await readSlots(folder)).sort((a, b) => b.step - a.step)
        const snapshot = slots[0]
        if (snapshot === undefined) await refuseDamaged(folder)
        const inOrder = [...changes].sort((a, b) => a.step - b.step)
        return {
          ...(snapshot && { snapshot: { step: snapshot.step, bytes: snapshot.bytes } }),
          changes: inOrder.slice(snapshot?.changes ?? 0),
          pictures: await readPictures(folder, inOrder),
        }
      }),
    keyframes: () => inTurn(() => keyframesIn(folder)),
    keyframe: (step) =>
      inTurn(async () => {
        const steps = await keyframesIn(folder)
        if (!steps.includes(step)) {
          throw new MienError('wrong-use', `There is no snapshot of step ${step}.`, {
            hint: `Choose one of ${steps.join(', ') || 'none yet'}.`,
          })
        }
        return { step, bytes: await readWholeFile(join(folder, keyframeName(step)), largestSnapshot) }
      }),
    close: () =>
      inTurn(async () => {
        await changeFile?.close()
        changeFile = undefined
      }),
    remove: () => inTurn(() => removeFolder(folder)),
  }
}

interface Slot extends StateBytes {
  readonly slot: number
  /** Changes that were made before it. */
  readonly changes: number
}

/** The sound snapshots. */
async function readSlots(folder: string): Promise<Slot[]> {
  const slots = await Promise.all(
    files.snapshots.map(async (name, slot) => {
      try {
        const bytes = await readWholeFile(join(folder, name), largestSnapshot)
        const { projection, changes } = readSnapshot(bytes, name)
        return { slot, step: projection.step, bytes, changes: changes.length }
      } catch {
        return undefined
      }
    }),
  )
  return slots.filter((slot) => slot !== undefined)
}

/** Throws what is wrong with the first snapshot, if there is one. */
async function refuseDamaged(folder: string): Promise<void> {
  for (const name of files.snapshots) {
    const path = join(folder, name)
    if (await exists(path)) readSnapshot(await readWholeFile(path, largestSnapshot), path)
  }
}

async function keyframesIn(folder: string): Promise<readonly number[]> {
  const steps = (await filesInFolder(folder)).map(keyframeStep).filter((step) => step !== undefined)
  return steps.sort((a, b) => a - b)
}

/** The changes of a log; a line that was cut by a kill ends it. */
async function readChanges(path: string): Promise<readonly RecordedChange[]> {
  const lines = ((await readTextIfAny(path)) ?? '').split('\n')
  const changes = lines.map((line) => parseRecordedChange(parseJson(line)))
  const end = changes.indexOf(undefined)
  return changes.slice(0, end) as RecordedChange[]
}

/** Pictures are kept under their hash; gives it. */
async function writePicture(folder: string, bytes: Uint8Array): Promise<string> {
  const name = sha256(bytes)
  const path = join(folder, files.pictures, name)
  if (!(await exists(path))) await writeFileAtomic(path, bytes)
  return name
}

async function readPictures(
  folder: string,
  changes: readonly RecordedChange[],
): Promise<Readonly<Record<string, PictureInput>>> {
  const names = [...picturesOf(changes)]
  const pictures = await Promise.all(
    names.map(async (name) => [name, await readPicture(folder, name, name)] as const),
  )
  return Object.fromEntries(pictures)
}

async function readPicture(folder: string, hash: string, name: string): Promise<PictureInput> {
  const path = join(folder, files.pictures, hash)
  const bytes = await readWholeFile(path, largestPicture)
  if (sha256(bytes) === hash) return { name, bytes }
  throw new MienError('mismatch', `The picture ${name} changed since the run was interrupted.`, {
    file: path,
    hint: 'Start a new run.',
  })
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
    hint: 'Give the folder of a run that was stopped or killed, or start one with --look, --landmarks and --out.',
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return pid !== process.pid
  } catch {
    return false
  }
}

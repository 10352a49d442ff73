import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { landmarkGroups } from '../../engine/face/landmark-groups.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { largestFile } from '../../shared/fields.ts'
import type { SpawnWorker } from '../engine/client.ts'
import type { Execution } from '../engine/execution.ts'
import type { Alignment, PictureInput } from '../engine/protocol.ts'
import { npzBytes } from '../host/array-files.ts'
import {
  exists,
  makeFolder,
  readWholeFile,
  removeFile,
  removeFolder,
  writeFileAtomic,
} from '../host/files.ts'
import { libraryFolder } from '../host/folders.ts'
import { sha256 } from '../host/sha256.ts'
import { keptModels, type ModelFiles } from '../models/files.ts'
import { locatedModels, modelsOf } from '../models/resolve.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { attempted } from './attempted.ts'
import type { RunningRun } from './kinds/kind.ts'
import { setupWithout, titleOfPicture, usedPicture } from './kinds/projection/order-setup.ts'
import { beginTuning, type TuningRun } from './kinds/tuning/tuning.ts'
import { keepPictures } from './record/pictures.ts'
import { newRecord, type RunRecord } from './record/record.ts'
import { openRecord, recordFile } from './record/record-file.ts'
import { recoveryFolder, runFiles } from './record/run-files.ts'
import { nothingToResume, requireIdle } from './recovery.ts'
import { follow, holdProject } from './run.ts'
import type { RunEvents } from './supervisor.ts'

/** What a generator is to be taught, into a folder that belongs to no project. */
export interface TuningOrder {
  readonly folder: string
  readonly look: PictureInput
  /** By a face: its square and its landmarks. */
  readonly alignment: Alignment & { readonly points: readonly number[] }
  /** The look's aligned square. */
  readonly square: Image
  readonly files: ModelFiles
  readonly execution: Execution
  /** Of the search for the look's own latent. */
  readonly settings: ProjectionSettings
  /** The other end of the way, [1, 1, w_dim] or [1, num_ws, w_dim]; without it the look alone is taught. */
  readonly latent?: FloatTensor
}

export type RunningTuning = RunningRun<TuningRun>

/**
 * Tunes a generator. Where it is refused or stopped before it has learnt anything, it leaves no trace. Throws MienError 'wrong-use'
 * if the folder's run is under way, 'unwritable', and as `beginTuning` does.
 */
export async function startTuningRun(
  spawn: SpawnWorker,
  order: TuningOrder,
  events: RunEvents = {},
): Promise<RunningTuning> {
  const { folder, look, square, latent, files } = order
  const before = await openRecord(folder).catch(() => undefined)
  requireIdle(folder, before?.now.attempts ?? [])
  const undo = await makeFolder(folder)
  const record = recordFile(folder, recordOf(order))
  const given = {
    [runFiles.look]: await sharpCodec.encodePng(square),
    ...(latent && { [runFiles.latent]: npzBytes({ w: latent }) }),
  }
  const names = [runFiles.record, ...Object.keys(given)]
  const restore = await remembered(folder, names)
  const withdraw = async () => {
    record.leave()
    await record.idle()
    await removeFolder(join(folder, recoveryFolder))
    await restore()
    await undo()
  }
  async function begin(all: RunEvents): Promise<RunningTuning> {
    await removeFolder(join(folder, recoveryFolder))
    await keepPictures(folder, [{ ...look, alignment: 'none' }])
    for (const [name, bytes] of Object.entries(given)) await writeFileAtomic(join(folder, name), bytes)
    const tuning = await attempted(record, () => beginTuning(spawn, record, files, all))
    // What an earlier run had besides is no part of this one.
    const finished = tuning.finished.then(async (run) => {
      const others = Object.entries(runFiles).filter(([key]) => !(key in run.files))
      for (const [, name] of others) await removeFile(join(folder, name))
      return run
    })
    return { ...tuning, finished }
  }
  return follow(record, events, begin, true, withdraw)
}

/**
 * Goes on with the tuning in a folder, of a project or of none, to the same bits. Throws MienError 'wrong-use' if there is nothing
 * to go on with, or another program has the run or its project; and as `beginTuning` does.
 */
export async function resumeTuningRun(
  spawn: SpawnWorker,
  folder: string,
  events: RunEvents = {},
): Promise<RunningTuning> {
  const release = await holdProject(folder)
  try {
    const record = await openRecord(folder)
    if (record === undefined || !(await exists(join(folder, recoveryFolder)))) {
      throw nothingToResume(folder, 'holds a run that is over')
    }
    requireIdle(folder, record.now.attempts)
    const before = record.now
    const { lesson, setup } = before
    const models = lesson?.files ? await locatedModels(lesson.files) : await modelsOf(setup, libraryFolder())
    const begin = (all: RunEvents) => attempted(record, () => beginTuning(spawn, record, models, all))
    const running = await follow(record, events, begin, false, async () => {
      record.change(({ attempts }) => ({ ...before, attempts }))
      await record.save()
    })
    return { ...running, finished: running.finished.finally(release) }
  } catch (error) {
    await release()
    throw error
  }
}

/** Of which kind the run in a folder is; undefined where there is none that can be read. */
export async function kindOfRunIn(folder: string): Promise<RunRecord['kind'] | undefined> {
  return (await openRecord(folder).catch(() => undefined))?.now.kind
}

function recordOf({ look, alignment, files, execution, settings, latent }: TuningOrder): RunRecord {
  const { provider, threads } = execution
  const { points, quad } = alignment
  const kept = { name: look.name, sha256: sha256(look.bytes) }
  const keptFiles = keptModels(files)
  const record = newRecord(
    {
      id: randomUUID(),
      name: titleOfPicture(look),
      setup: { ...setupWithout({ settings, files: keptFiles, provider }), look: 'look' },
      pictures: [usedPicture({ ...kept, alignment: { quad, points } }, 'look')],
      parent: null,
      batch: null,
    },
    Date.now(),
  )
  return {
    ...record,
    kind: 'tuning',
    state: 'starting',
    points: { ...record.points, look: Array.from(pointsInQuad(points, quad)) },
    lesson: {
      ...{ look: { picture: kept, quad, points: [...points] }, mouths: [], settings, files: keptFiles },
      shares: landmarkGroups.map(() => 1),
      ...(latent && { target: 'drawn' }),
      ...(threads !== undefined && { threads }),
    },
  }
}

/** Gives what puts files back as they are now. */
async function remembered(folder: string, names: readonly string[]): Promise<() => Promise<void>> {
  const paths = names.map((name) => join(folder, name))
  const contents = await Promise.all(
    paths.map(async (path) => ((await exists(path)) ? readWholeFile(path, largestFile) : undefined)),
  )
  return async () => {
    for (const [i, path] of paths.entries()) {
      const bytes = contents[i]
      if (bytes === undefined) await removeFile(path)
      else await writeFileAtomic(path, bytes)
    }
  }
}

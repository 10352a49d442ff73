import { randomUUID } from 'node:crypto'
import { join, parse } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { referenceSettings } from '../../engine/projection/settings.ts'
import type { Image } from '../../engine/runtime.ts'
import type { ProviderChoice } from '../../shared/settings.ts'
import type { SpawnWorker } from '../engine/client.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import { exists, makeFolder, removeFile, removeFolder, writeFileAtomic } from '../host/files.ts'
import { keptModels, type ModelFiles } from '../models/files.ts'
import { locatedModels } from '../models/resolve.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { attempted } from './attempted.ts'
import { beginFilm, type FilmRun } from './kinds/film/film.ts'
import { driverFolder } from './kinds/film/film-driver.ts'
import { lookPoints } from './kinds/film/film-frames.ts'
import { passageOf } from './kinds/film/film-passage.ts'
import type { FilmVideo, KeptFilm, WrittenFilm } from './kinds/film/kept-film.ts'
import type { RunningRun } from './kinds/kind.ts'
import { setupWithout, titleOfPicture, usedPicture } from './kinds/projection/order-setup.ts'
import { keptFaceOf } from './kinds/tuning/lesson.ts'
import { keepPictures } from './record/pictures.ts'
import { newRecord, type RunRecord } from './record/record.ts'
import { openRecord, recordFile } from './record/record-file.ts'
import { recoveryFolder, runFiles } from './record/run-files.ts'
import { nothingToResume, requireIdle } from './recovery.ts'
import { follow, holdProject } from './run.ts'
import type { RunEvents } from './supervisor.ts'

/** A film that is to be made into a folder that belongs to no project. */
export interface FilmOrder extends Omit<KeptFilm, 'look' | 'search' | 'passage' | 'video'> {
  readonly folder: string
  readonly video: FilmVideo
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  /** The look's aligned square. */
  readonly square: Image
  readonly files: ModelFiles
  readonly provider: ProviderChoice
  /** Of a film that is drawn. */
  readonly search?: Omit<NonNullable<KeptFilm['search']>, 'files'>
}

export type RunningFilm = RunningRun<FilmRun>

/** What of a film may be changed after it was made. */
export interface FilmChange {
  readonly settings?: Partial<KeptFilm['settings']>
  readonly video?: Partial<FilmVideo>
  readonly loop?: boolean
  /** Of each frame of a film that is drawn. */
  readonly steps?: number
  /** From what to what second its frames are searched again, and by how many steps. */
  readonly again?: { readonly range: readonly [from: number, to: number]; readonly steps: number }
}

/**
 * Makes a film. Where it is refused or stopped before its driver was followed, it leaves no trace. Throws MienError 'wrong-use' for a
 * folder that holds a run, 'unwritable', and as `beginFilm` does.
 */
export async function startFilmRun(
  spawn: SpawnWorker,
  order: FilmOrder,
  events: RunEvents = {},
): Promise<RunningFilm> {
  const { folder, look, square } = order
  await requireNoRun(folder)
  const undo = await makeFolder(folder)
  const record = recordFile(folder, recordOf(order))
  const withdraw = async () => {
    record.leave()
    await record.idle()
    for (const name of [recoveryFolder, driverFolder]) await removeFolder(join(folder, name))
    for (const name of [runFiles.look, runFiles.record]) await removeFile(join(folder, name))
    await undo()
  }
  async function begin(all: RunEvents): Promise<RunningFilm> {
    const { name, bytes } = look.picture
    await keepPictures(folder, [{ name, bytes: bytes!, alignment: 'none' }])
    await writeFileAtomic(join(folder, runFiles.look), await sharpCodec.encodePng(square))
    return attempted(record, () => beginFilm(spawn, record, order.search && order.files, all))
  }
  return follow(record, events, begin, true, withdraw)
}

/**
 * Goes on with the film in a folder, or makes it anew with what is changed of it: its driver is not followed again, and frames that come
 * out the same are not searched again. Throws MienError 'wrong-use' if there is nothing to go on with, or another program has the run or
 * its project; and as `beginFilm` does.
 */
export async function resumeFilmRun(
  spawn: SpawnWorker,
  folder: string,
  change: FilmChange = {},
  events: RunEvents = {},
): Promise<RunningFilm> {
  const release = await holdProject(folder)
  try {
    const record = await openRecord(folder)
    const before = record?.now
    const { film } = before ?? {}
    const isSame = Object.keys(change).length === 0
    if (
      record === undefined ||
      before === undefined ||
      film === undefined ||
      (isSame && before.state === 'done' && film.video !== undefined)
    ) {
      throw nothingToResume(folder, film === undefined ? 'holds no film' : 'holds a film that is done')
    }
    requireIdle(folder, before.attempts)
    const changed = isSame ? withVideo(folder, film) : changedFilm(folder, film, change)
    const wanted = change.again ? await searchedAgain(folder, changed, change.again) : changed
    // What is killed on its way to other results is not done any more.
    record.change((now) => ({ ...now, state: 'starting', film: wanted, failure: null }))
    const models = film.search && (await locatedModels(film.search.files))
    const begin = (all: RunEvents) => attempted(record, () => beginFilm(spawn, record, models, all))
    const running = await follow(record, events, begin, false, async () => {
      record.change(({ attempts }) => ({ ...before, attempts }))
      await record.save()
    })
    const finished = isSame ? running.finished : running.finished.catch(stoppedChange)
    return { ...running, finished: finished.finally(release) }
  } catch (error) {
    await release()
    throw error
  }
}

/** Without its change a film may be done, so that there is nothing to go on with. */
function stoppedChange(error: unknown): never {
  if (!(error instanceof MienError) || error.code !== 'stopped') throw error
  throw new MienError('stopped', error.message, {
    hint: 'What was made before is unchanged. Run the same command again to go on from here.',
  })
}

function changedFilm(
  folder: string,
  { passage: _, again: __, ...film }: KeptFilm,
  { settings, video, loop = film.loop, steps }: FilmChange,
): KeptFilm {
  const { video: before, ...rest } = withVideo(folder, film)
  const search = film.search && { ...film.search, ...(steps !== undefined && { steps }) }
  return {
    ...rest,
    ...{ settings: { ...film.settings, ...settings }, loop },
    video: { ...before, ...video },
    ...(search && { search }),
  }
}

/** One that was searched in the window has none. */
function withVideo(folder: string, film: KeptFilm): WrittenFilm {
  const usual = { path: join(folder, runFiles.film), format: 'mp4', sound: false, beside: false } as const
  return { ...film, video: film.video ?? usual }
}

async function searchedAgain(
  folder: string,
  film: KeptFilm,
  { range, steps }: NonNullable<FilmChange['again']>,
): Promise<KeptFilm> {
  if (film.search === undefined) {
    throw new MienError('wrong-use', 'No frame of this film was searched for, so none can be searched again.')
  }
  if (film.search.reference) {
    throw new MienError(
      'wrong-use',
      'Each frame of this film was searched from the one before, so none can be searched again by itself.',
    )
  }
  return { ...film, passage: await passageOf(folder, film, range), again: steps }
}

function recordOf({ folder: _, look, square: __, files, provider, search, ...film }: FilmOrder): RunRecord {
  const kept = keptFaceOf(look)
  const { quad, points } = look
  const settings = search?.settings ?? referenceSettings
  const given = newRecord(
    {
      id: randomUUID(),
      name: [titleOfPicture(look.picture), parse(film.driver.path).name.slice(0, 50)].join(' + '),
      setup: { ...setupWithout({ settings, files: keptModels(files), provider }), look: 'look' },
      pictures: [usedPicture({ ...kept.picture, alignment: { quad, points } }, 'look')],
      parent: null,
      batch: null,
    },
    Date.now(),
  )
  return {
    ...given,
    kind: 'film',
    state: 'starting',
    points: { ...given.points, look: lookPoints(kept) },
    film: { ...film, look: kept, ...(search && { search: { ...search, files: keptModels(files) } }) },
  }
}

/** Throws MienError 'wrong-use' for a folder that holds a run, or the driver of one. */
export async function requireNoRun(folder: string): Promise<void> {
  for (const name of [runFiles.record, driverFolder]) {
    if (!(await exists(join(folder, name)))) continue
    throw new MienError('wrong-use', `${folder} holds a run already.`, {
      file: folder,
      hint: 'Choose another folder, or change the film in it with --resume.',
    })
  }
}

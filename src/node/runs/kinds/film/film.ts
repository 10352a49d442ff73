import { join } from 'node:path'
import { MienError } from '../../../../engine/errors.ts'
import type { PhotographWarning } from '../../../../engine/likeness/photograph-film.ts'
import type { Driver } from '../../../drivers/driver.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import { withEngineUntil } from '../../../engine/engine-until.ts'
import { programVersion } from '../../../host/folders.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { loadShapeModel } from '../../../models/shape-model.ts'
import type { RunRecord } from '../../record/record.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { runFiles } from '../../record/run-files.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { EndedRun, RunningRun } from '../kind.ts'
import { readFace } from '../tuning/lesson.ts'
import { driverFolder, driverOf, type RequireFrames } from './film-driver.ts'
import { startFrames } from './film-frames.ts'
import { openFilmMemory } from './film-memory.ts'
import type { FilmPlan, FrameSpan } from './film-plan.ts'
import { atRate } from './film-rate.ts'
import { type FilmReport, reportOf } from './film-report.ts'
import { writeFilmResults } from './film-results.ts'
import { requireFilmRoom } from './film-room.ts'
import { besideOf, type DrawnFrames, drawnSize, photographPainter, startVideo } from './film-video.ts'
import { withFramesBetween, withLatentsBetween } from './frames-between.ts'
import type { WrittenFilm } from './kept-film.ts'
import { partProgress } from './part-progress.ts'
import { runningFilm } from './running-film.ts'

/** What came of a film. */
export interface FilmRun extends EndedRun {
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
  readonly report: FilmReport
  readonly warnings: readonly PhotographWarning[]
}

/**
 * Makes the film of a record, or goes on where its folder leaves off: the driver is followed once, and everything after that is
 * computed from what lies there. With models the generator draws it. Stopped, it has the frames so far. Rejects with MienError: 'stopped' where there are none.
 */
export async function beginFilm(
  spawn: SpawnWorker,
  record: RecordFile,
  models: ModelFiles | undefined,
  events: RunEvents,
): Promise<RunningRun<FilmRun>> {
  const { folder } = record
  const film = filmIn(record.now)
  const look = await readFace(film.look, folder)
  const tracking = new AbortController()
  let stopping = false
  let stop = (): void => tracking.abort()
  let abandon = (): void => tracking.abort()
  const engine = () => startEngine(() => spawn())
  const told = (part: Parameters<typeof partProgress>[0]) => ({
    ...(events.stage && { stage: events.stage }),
    ...(events.notice && { notice: events.notice }),
    portion: partProgress(part, events.filming),
  })

  async function make(): Promise<FilmRun> {
    // The mathematics of motions is loaded with the first film: every command that knows of runs knows of this kind.
    const { filmPlan, filmSpans } = await import('./film-plan.ts')
    const { rate } = film.video
    const shownOf = <F extends FrameSpan>(plan: FilmPlan<F>) =>
      atRate(film.search?.reference ? withFramesBetween(plan) : plan, rate)
    let hasRoom = false
    const requireFrames: RequireFrames = async (times, range) => {
      await requireRoom(shownOf(filmSpans(times, range, film.loop)).plan, true)
      hasRoom = true
    }
    const { signal } = tracking
    const driver = await driverOf(engine, film.driver, folder, told('tracking'), signal, requireFrames)
    throwIfStopped()
    const plan = filmPlan(await loadShapeModel(), film, driver)
    const { plan: shown, shows } = shownOf(plan)
    if (!hasRoom) await requireRoom(shown, driver.facts.clip !== null)
    // From here on nothing is asked of the clip but its sound.
    record.change((now) => ({ ...now, resumable: true, steps: shown.frames.length }))
    await record.save()
    const found = models && (await foundFrames(plan, models))
    throwIfStopped()
    const outcome = await write(shown, driver, found && shownFrames(found, shows))
    // Until here all that came of the film before a change is there.
    await writeFilmResults(folder, plan, found)
    const report = reportOf(await programVersion(), shown, driver, outcome)
    const { count: frames, image, points, warnings, stopped } = outcome
    record.change((now) => ({ ...now, step: frames, identity: report.identity, filmed: report }))
    await record.save()
    const path = (name: keyof typeof runFiles) => join(folder, runFiles[name])
    return {
      outcome: { stopped, steps: frames, terms: null, image, points, identity: report.identity },
      unmade: [],
      files: {
        ...{ film: film.video.path, look: path('look'), driver: join(folder, driverFolder) },
        ...{ targets: path('targets'), record: path('record') },
        ...(found && { latents: path('latents'), noise: path('noise') }),
      },
      ...{ report, warnings },
    }
  }

  /** Throws MienError 'wrong-use' where the file has no room for such frames. */
  function requireRoom(plan: FilmPlan<FrameSpan>, hasClip: boolean): Promise<void> {
    const { format } = film.video
    const painter =
      models === undefined
        ? photographPainter(film.video)
        : ({ kind: 'drawn', ...drawnSize(film.video) } as const)
    return requireFilmRoom(format, { painter, beside: besideOf(film.video, hasClip), look, drawnSide }, plan)
  }

  function drawnSide(): Promise<number> {
    const { generator } = models!
    return withEngineUntil(tracking.signal, engine, async (own) => {
      const { side } = await own.start('generator-side', { generator }).outcome
      return side
    })
  }

  async function foundFrames(plan: FilmPlan, files: ModelFiles): Promise<DrawnFrames> {
    const search = film.search!
    const firstTarget = search.reference ? plan.frames[0]!.target : undefined
    const memory = await openFilmMemory(folder, search.steps, firstTarget)
    const needs = { look, plan, models: files, memory, provider: record.now.setup.device }
    const frames = startFrames(spawn, search, film, needs, events)
    stop = frames.stop
    abandon = frames.abandon
    if (stopping) stop()
    return frames.outcome.catch(resumable)
  }

  /** What each frame of the video is drawn of. */
  function shownFrames({ painter, latents }: DrawnFrames, shows: readonly number[]): DrawnFrames {
    const all = film.search?.reference ? withLatentsBetween(latents) : latents
    return { painter, latents: shows.map((frame) => all[frame]!) }
  }

  async function write(plan: FilmPlan, driver: Driver, drawn: DrawnFrames | undefined) {
    const own = engine()
    try {
      const needs = { look, plan, driver, ...(drawn && { drawn }) }
      const writing = startVideo(own, film, needs, told('writing'))
      stop = writing.stop
      abandon = () => own.close()
      if (stopping) stop()
      return await writing.outcome
    } finally {
      own.close()
    }
  }

  function throwIfStopped(): void {
    if (stopping) throw new MienError('stopped', 'Stopped before the first frame was made.')
  }

  return runningFilm({
    finished: make().catch((error: unknown) => {
      // Of an engine that was closed in the middle of its work only that is told.
      if (!(error instanceof MienError && error.code === 'stopped')) throwIfStopped()
      throw error
    }),
    stop() {
      stopping = true
      stop()
    },
    interrupt() {
      stopping = true
      abandon()
    },
    // It does not wait, and nobody looks at it.
    pause: () => undefined,
    resume: () => undefined,
    show: () => undefined,
  })
}

function filmIn({ film }: RunRecord): WrittenFilm {
  if (film?.video === undefined) throw new Error('a film without what it is asked for')
  const { video } = film
  return { ...film, video }
}

function resumable(error: unknown): never {
  if (!(error instanceof MienError) || error.code !== 'stopped') throw error
  throw new MienError('stopped', error.message, { hint: 'Continue it with --resume.' })
}

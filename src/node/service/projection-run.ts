import { MienError } from '../../engine/errors.ts'
import { type Film, mostFrames, openFilm } from '../video/film.ts'
import type { EngineClient } from '../worker/client.ts'
import type { JobEvents, ProjectOutcome, ProjectParameters, TargetImages } from '../worker/protocol.ts'
import { openRunFolder, type RunRequest } from './run-folder.ts'

/** A projection and where its results go. */
export interface ProjectionOrder extends RunRequest {
  readonly folder: string
  readonly provider: ProjectParameters['execution']['provider']
  readonly film: boolean
}

/** What came of it. */
export interface ProjectionRun {
  readonly outcome: ProjectOutcome
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
}

/**
 * Projects into a folder. `stopSignal` ends the search early and keeps what there is; before the first step
 * there is nothing to keep, and the run fails with MienError 'stopped' and leaves no trace.
 */
export async function runProjection(
  engine: EngineClient,
  order: ProjectionOrder,
  events: JobEvents,
  stopSignal: AbortSignal,
): Promise<ProjectionRun> {
  const folder = await openRunFolder(order.folder, order)
  const film = order.film ? filmRecorder() : undefined
  let targets: TargetImages | undefined
  // The log is written in order; its first failure ends the run.
  let log = Promise.resolve()
  let logFailure: unknown
  const job = engine.start('project', parametersOf(order), {
    ...events,
    targets(images) {
      targets = images
      folder.aligned(images.alignments)
      film?.targets(images)
      events.targets?.(images)
    },
    progress(progress) {
      log = log
        .then(() => folder.record(progress))
        .catch((error: unknown) => {
          logFailure ??= error
          engine.close()
        })
      events.progress?.(progress)
    },
    preview(preview) {
      if (preview.points !== undefined) film?.add(preview.image, preview.points)
      events.preview?.(preview)
    },
  })
  const stop = () => job.stop()
  stopSignal.addEventListener('abort', stop)
  if (stopSignal.aborted) stop()
  try {
    const outcome = await job.outcome
    await log
    if (logFailure !== undefined) throw logFailure
    if (targets === undefined) throw new Error('the engine sent no targets')
    if (outcome.steps === 0) {
      throw new MienError('stopped', 'Stopped before the first step; nothing was written.')
    }
    const files = await folder.finish(outcome, targets, await film?.finish())
    return { outcome, files }
  } catch (error) {
    await log
    const reason = logFailure ?? error
    await folder.abandon(reason instanceof Error ? reason.message : String(reason))
    throw reason
  } finally {
    stopSignal.removeEventListener('abort', stop)
  }
}

function parametersOf(order: ProjectionOrder): ProjectParameters {
  const { look, landmarks, settings, provider, threads } = order
  return {
    models: order.files,
    look,
    landmarks,
    settings,
    execution: { provider, ...(threads === undefined ? {} : { threads }) },
    previewEvery: order.film ? Math.max(1, Math.ceil(settings.steps / mostFrames)) : 0,
    withPoints: order.film,
  }
}

/** Encodes frames as they come, in order, while the search goes on. */
function filmRecorder() {
  let film: Promise<Film> | undefined
  let tail: Promise<unknown> = Promise.resolve()
  return {
    targets({ look, landmarks, points }: TargetImages) {
      if (points === undefined) return
      film = openFilm({ look, landmarks, landmarkPoints: points })
      tail = film
    },
    add(image: TargetImages['look'], points: Float32Array) {
      tail = tail.then(async () => (await film)?.add(image, points))
      // A failure shows when the film is finished.
      tail.catch(() => undefined)
    },
    async finish(): Promise<Uint8Array | undefined> {
      await tail
      return (await film)?.finish()
    },
  }
}

import { MienError } from '../../../../engine/errors.ts'
import { type SpawnWorker, startEngine } from '../../../engine/client.ts'
import type { MarkedSquare } from '../../../engine/film-messages.ts'
import type { JobEvents, Jobs, Preview, TargetImages } from '../../../engine/protocol.ts'
import { encodePicture } from '../../../runtime/sharp-codec.ts'
import { type Film, largestPanel, openFilm } from '../../../video/film.ts'
import { liveEncoding } from '../../live-picture.ts'
import { type RunPhotograph, warpedXmp } from './likeness.ts'

/** Films a run while it goes on. */
export interface FilmRecorder {
  readonly begun: boolean
  targets(images: TargetImages): void
  /** Steps that are made again after a crash are passed over. */
  add(preview: Preview): void
  /** The MP4, with the photograph beside what was drawn; undefined where nothing was filmed, or it was stopped. */
  finish(photograph?: RunPhotograph): Promise<Uint8Array | undefined>
  /** Ends `finish` without a film. */
  stop(): void
}

/** Encodes frames as they come, in order, while the search goes on. */
export function filmRecorder(): FilmRecorder {
  let film: Promise<Film> | undefined
  let tail: Promise<unknown> = Promise.resolve()
  let lastStep = 0
  return {
    get begun() {
      return lastStep > 0
    },
    targets({ look, landmarks, points }) {
      if (points === undefined || film !== undefined) return
      film = openFilm(look, { image: landmarks, points })
      tail = film
    },
    add({ step, image, points }) {
      if (step <= lastStep) return
      lastStep = step
      tail = tail.then(async () => (await film)?.add({ image }, { image, points }))
      // A failure shows when the film is finished.
      tail.catch(() => undefined)
    },
    async finish() {
      await tail
      return (await film)?.finish()
    },
    stop: () => undefined,
  }
}

/**
 * Keeps the frames, as files, until the search is over: only then is it known whether there is a photograph, and how far
 * the search came in each of them.
 */
export function photographRecorder(
  spawn: SpawnWorker,
  { portion, notice }: Pick<JobEvents, 'portion' | 'notice'>,
): FilmRecorder {
  let targets: Promise<Pick<Jobs['film']['parameters'], 'look' | 'landmarks'>> | undefined
  const frames: Promise<Jobs['film']['parameters']['frames'][number]>[] = []
  let lastStep = 0
  let stop = (): void => undefined
  return {
    get begun() {
      return lastStep > 0
    },
    targets({ look, landmarks, points }) {
      targets ??= Promise.all([marked(look), marked(landmarks, points)]).then(([own, other]) => ({
        look: own,
        landmarks: other,
      }))
      targets.catch(() => undefined)
    },
    add(preview) {
      if (preview.step <= lastStep) return
      lastStep = preview.step
      const frame = marked(preview.image, preview.points)
      frames.push(frame.then((square) => ({ ...square, step: preview.step })))
      frame.catch(() => undefined)
    },
    async finish(photograph) {
      if (targets === undefined || frames.length === 0) return undefined
      const parameters = {
        ...{ ...(await targets), frames: await Promise.all(frames), form: 'mp4' as const },
        ...(photograph && {
          photograph: { ...photograph.faces, beside: true },
          xmp: warpedXmp,
        }),
      }
      const engine = startEngine(spawn)
      try {
        const job = engine.start('film', parameters, portion && { portion })
        stop = job.stop
        return (await job.outcome).file
      } catch (error) {
        if (!(error instanceof MienError && error.code === 'stopped')) throw error
        notice?.('The film was stopped before it was done.')
        return undefined
      } finally {
        engine.close()
      }
    },
    stop: () => stop(),
  }
}

/** As small as the film shows it, with its points as fractions. */
async function marked(image: Preview['image'], points?: Float32Array): Promise<MarkedSquare> {
  return {
    bytes: await encodePicture(image, liveEncoding, largestPanel),
    points: points === undefined ? null : Array.from(points, (pixel) => pixel / image.width),
  }
}

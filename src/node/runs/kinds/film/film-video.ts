import type { FloatTensor } from '../../../../engine/tensor.ts'
import { isVideoClip } from '../../../../shared/clip.ts'
import { hasSound } from '../../../../shared/film.ts'
import type { Driver } from '../../../drivers/driver.ts'
import type { EngineClient, RunningJob } from '../../../engine/client.ts'
import { startFedJob } from '../../../engine/fed-job.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import type { JobEvents } from '../../../engine/protocol.ts'
import type { FilmMoment, FilmPainter, WriteFilmParameters } from '../../../engine/write-film-messages.ts'
import { alteredPhotograph } from '../projection/picture-metadata.ts'
import type { FilmPlan } from './film-plan.ts'
import type { FilmVideo, WrittenFilm } from './kept-film.ts'

/** A whole photograph is a video of so many pixels on its longer side at most, if nobody says otherwise. */
const mostSide = 1920

/** What a film is written of. */
export interface VideoNeeds {
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  readonly plan: FilmPlan
  readonly driver: Driver
  /** Of a film that is drawn. */
  readonly drawn?: DrawnFrames
}

/** What was found for each frame, and what draws it. */
export interface DrawnFrames {
  readonly painter: Extract<FilmPainter, { kind: 'drawn' }>
  readonly latents: readonly FloatTensor[]
}

/** What draws the frames of a photograph, as far as their size depends on it. */
export function photographPainter({ beside, size = mostSide }: Pick<FilmVideo, 'beside' | 'size'>) {
  return { kind: 'photograph', form: beside ? 'square' : 'whole', size } as const
}

/** The same of frames that a generator draws. */
export function drawnSize({ size }: Pick<FilmVideo, 'size'>) {
  return size === undefined ? {} : { size }
}

/** What stands beside the frames; of a driver without a clip there is nothing to see. */
export function besideOf(
  { beside }: Pick<FilmVideo, 'beside'>,
  hasClip: boolean,
): WriteFilmParameters['beside'] {
  if (!beside) return []
  return hasClip ? ['look', 'driver'] : ['look']
}

/** Writes the film of a run. Stopped, it has the frames so far. Rejects as `writeFilm` does. */
export function startVideo(
  engine: Pick<EngineClient, 'start'>,
  { settings, driver: { path }, video }: WrittenFilm,
  { look, plan, driver, drawn }: VideoNeeds,
  events: JobEvents,
): Pick<RunningJob<'write-film'>, 'outcome' | 'stop'> {
  const { timescale, start, frames } = plan
  const { clip } = driver.facts
  const isHeard = video.sound && hasSound(video.format) && clip !== null && isVideoClip(clip)

  async function* moments(): AsyncGenerator<FilmMoment> {
    for (const [i, { index, time, duration, target, view }] of frames.entries()) {
      const giver = await driver.square(index)
      yield {
        ...{ time, duration, target },
        ...(giver && { giver }),
        ...(view && { view }),
        ...(drawn && { latent: drawn.latents[i]! }),
      }
    }
  }

  return startFedJob(
    engine,
    'write-film',
    {
      ...{ path: video.path, format: video.format, look, timescale, count: frames.length, judge: true },
      painter: drawn
        ? { ...drawn.painter, ...drawnSize(video) }
        : { ...photographPainter(video), mode: settings.mode },
      beside: besideOf(video, clip !== null),
      ...(isHeard && { sound: { path, from: start } }),
      ...(drawn === undefined && { xmp: alteredPhotograph(undefined, true) }),
    },
    moments(),
    events,
  )
}

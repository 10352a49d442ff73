import type { Image, PictureSize } from '../../engine/runtime.ts'
import type { FilmFormat } from '../../shared/film.ts'
import { animationPixels, noRoom, openAnimationFilm } from './animation-film.ts'
import type { Span } from './film-output.ts'
import type { SoundSource } from './film-sound.ts'
import { openPictureFilm } from './picture-film.ts'
import { findVp9Encoder } from './vp9.ts'

/** A film before its first frame. */
export interface FilmPlan extends PictureSize {
  readonly format: FilmFormat
  /** Ticks a second of the frames' times. */
  readonly timescale: number
  /** Is copied as it is, from the film's start to its end. */
  readonly sound?: SoundSource | undefined
  /** An XMP packet for its metadata. */
  readonly xmp?: string | undefined
}

/** A film that grows by frames. */
export interface FilmWriter {
  /** What the user is to know of it: that it has no sound, and why. */
  readonly notices: readonly string[]
  /**
   * Adds a frame, of the film's size, that is shown from `time` for `duration`, in ticks; the film begins with its first, and
   * each begins where the one before ends. The image may be changed afterwards. Throws MienError 'unwritable', or 'wrong-use'
   * where the format has no room for more.
   */
  add(image: Image, time: number, duration: number): Promise<void>
  /** Ends the film and gives it its name. Throws MienError 'unwritable'. */
  finish(): Promise<void>
  /** Leaves nothing of it behind, also after an error; nothing happens to a film that is finished. */
  abandon(): Promise<void>
}

/**
 * Begins a film. It is written beside its place, and stands there once it is whole; what stood there before stays until then.
 * Throws MienError 'unwritable'.
 */
export async function openFilmWriter(path: string, plan: FilmPlan): Promise<FilmWriter> {
  return openers[plan.format](path, plan)
}

/** Throws MienError 'wrong-use' for a format that nothing here can write, before anything else is done for the film. */
export async function requireFilmWriter(format: FilmFormat): Promise<void> {
  if (format === 'webm') await findVp9Encoder()
}

/** The frames of a film before any of them is made, and how they are written. */
export interface FrameTimes extends Pick<FilmPlan, 'format' | 'timescale'> {
  readonly frames: readonly Pick<Span, 'time'>[]
}

/** Pixels that a frame may have so that the format has room for all. */
export function mostPixels({ format, timescale, frames }: FrameTimes): number {
  return format === 'gif' || format === 'webp'
    ? animationPixels(format, timescale, frames)
    : Number.POSITIVE_INFINITY
}

/** Throws MienError 'wrong-use' for a film whose format has no room for its frames in that size. */
export function requireRoom(film: FrameTimes, size: PictureSize): void {
  const { format } = film
  const pixels = mostPixels(film)
  if ((format === 'gif' || format === 'webp') && size.width * size.height > pixels) {
    throw noRoom(format, size, pixels)
  }
}

type Opener = (path: string, plan: FilmPlan) => Promise<FilmWriter>

/** What writes containers of videos knows all of them, and is loaded with the first such film. */
const openers: Readonly<Record<FilmFormat, Opener>> = {
  mp4: async (...film) => (await import('./mp4-film.ts')).openMp4Film(...film),
  webm: async (...film) => (await import('./webm-film.ts')).openWebmFilm(...film),
  gif: (path, plan) => openAnimationFilm(path, plan, 'gif'),
  webp: (path, plan) => openAnimationFilm(path, plan, 'webp'),
  png: openPictureFilm,
}

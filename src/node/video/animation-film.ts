import { MienError } from '../../engine/errors.ts'
import type { PictureSize } from '../../engine/runtime.ts'
import type { BoundedFormat } from '../../shared/film.ts'
import { writeFileAtomic } from '../host/files.ts'
import { encodeAnimation } from '../runtime/animated-picture.ts'
import type { Span } from './film-output.ts'
import type { FilmPlan, FilmWriter } from './film-writer.ts'
import { sizeWithin } from './panels.ts'

/** Of the pixels of all frames, which the encoder takes at once. */
const mostBytes = 2 ** 28

/** Milliseconds that are the shortest step of each. */
const steps = { gif: 10, webp: 1 } as const

/** Frames of up to so many milliseconds are shown ten times as long by browsers; their time is given to the frame before. */
const tooShort = 10

/** Pixels that a frame may have so that a GIF or animated WebP can hold all of these. */
export function animationPixels(
  format: BoundedFormat,
  timescale: number,
  frames: readonly Pick<Span, 'time'>[],
): number {
  let [held, last] = [0, Number.NEGATIVE_INFINITY]
  for (const { time } of frames) {
    const begins = milliseconds(time - frames[0]!.time, timescale, format)
    if (begins - last <= tooShort) continue
    last = begins
    held++
  }
  return held > 1 ? Math.floor(mostBytes / 3 / held) : Number.POSITIVE_INFINITY
}

/** What a GIF or animated WebP is refused with that may have so many pixels a frame, and would have more. */
export function noRoom(format: BoundedFormat, size: PictureSize, pixels: number): MienError {
  const { width } = sizeWithin(size, pixels)
  const hint = `Make it at most ${width} pixels wide, shorter, or with fewer frames a second, or choose MP4.`
  return full(format, size, hint)
}

/**
 * Begins a GIF or animated WebP, which is played again and again. The ends of frames are rounded and not their lengths, so
 * that it stays as long as the film. Of its frames `mostBytes` are held, and more are refused: `add` throws MienError 'wrong-use'.
 */
export async function openAnimationFilm(
  path: string,
  plan: FilmPlan,
  format: BoundedFormat,
): Promise<FilmWriter> {
  const { width, height, timescale, xmp } = plan
  const room = roomOf(plan)
  const frames: { readonly pixels: Uint8Array; readonly begins: number }[] = []
  let start: number | undefined
  let end = 0

  return {
    notices: plan.sound === undefined ? [] : ['A GIF or WebP has no sound.'],
    async add({ data }, time, duration) {
      start ??= time
      end = milliseconds(time + duration - start, timescale, format)
      const begins = milliseconds(time - start, timescale, format)
      const last = frames.at(-1)
      if (last !== undefined && begins - last.begins <= tooShort) return
      if (frames.length === room) {
        throw full(format, plan, 'Make it shorter, smaller, or with fewer frames a second, or choose MP4.')
      }
      frames.push({ pixels: new Uint8Array(data), begins })
    },
    async finish() {
      if (frames.length === 0) throw new MienError('wrong-use', 'A film needs a frame.')
      const delays = frames.map(({ begins }, i) => (frames[i + 1]?.begins ?? end) - begins)
      delays.push(Math.max(delays.pop()!, tooShort + steps[format]))
      const pixels = Buffer.concat(frames.map((frame) => frame.pixels))
      frames.length = 0
      await writeFileAtomic(path, await encodeAnimation(pixels, { width, height, format, delays, xmp }))
    },
    async abandon() {
      frames.length = 0
    },
  }
}

/** So many frames fit. */
function roomOf({ width, height }: PictureSize): number {
  return Math.max(1, Math.floor(mostBytes / (width * height * 3)))
}

function milliseconds(ticks: number, timescale: number, format: BoundedFormat): number {
  return Math.round((ticks * 1000) / timescale / steps[format]) * steps[format]
}

function full(format: BoundedFormat, size: PictureSize, hint: string): MienError {
  const name = { gif: 'GIF', webp: 'WebP' }[format]
  const { width, height } = size
  return new MienError(
    'wrong-use',
    `The film is too long for a ${name}: of ${width} x ${height} pixels it has room for ${roomOf(size)} frames.`,
    { hint },
  )
}

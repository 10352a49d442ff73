import { MienError } from '../../engine/errors.ts'
import { writeFileAtomic } from '../host/files.ts'
import { encodeAnimation } from '../runtime/animated-picture.ts'
import type { FilmPlan, FilmWriter } from './film-writer.ts'

/** Of the pixels of all frames, which the encoder takes at once. */
const mostBytes = 2 ** 28

/** Milliseconds that are the shortest step of each. */
const steps = { gif: 10, webp: 1 } as const

/** Frames of up to so many milliseconds are shown ten times as long by browsers; their time is given to the frame before. */
const tooShort = 10

/**
 * Begins a GIF or animated WebP, which is played again and again. The ends of frames are rounded and not their lengths, so
 * that it stays as long as the film. Of its frames `mostBytes` are held, and more are refused: `add` throws MienError 'wrong-use'.
 */
export async function openAnimationFilm(
  path: string,
  plan: FilmPlan,
  format: 'gif' | 'webp',
): Promise<FilmWriter> {
  const { width, height, timescale, xmp } = plan
  const room = Math.max(1, Math.floor(mostBytes / (width * height * 3)))
  const frames: { readonly pixels: Uint8Array; readonly begins: number }[] = []
  let start: number | undefined
  let end = 0

  function milliseconds(ticks: number): number {
    return Math.round((ticks * 1000) / timescale / steps[format]) * steps[format]
  }

  return {
    notices: plan.sound === undefined ? [] : ['A GIF or WebP has no sound.'],
    async add({ data }, time, duration) {
      start ??= time
      end = milliseconds(time + duration - start)
      const begins = milliseconds(time - start)
      const last = frames.at(-1)
      if (last !== undefined && begins - last.begins <= tooShort) return
      if (frames.length === room) throw full(format, plan, room)
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

function full(format: keyof typeof steps, { width, height }: FilmPlan, room: number): MienError {
  const name = { gif: 'GIF', webp: 'WebP' }[format]
  return new MienError(
    'wrong-use',
    `The film is too long for a ${name}: of ${width} x ${height} pixels it has room for ${room} frames.`,
    { hint: 'Make it shorter, smaller, or with fewer frames a second, or choose MP4.' },
  )
}

import type { ClipFacts } from './clip.ts'

/** A steady rate as a film counts it: each frame is shown for `ticks` of `timescale` a second. */
export interface FrameRate {
  readonly timescale: number
  readonly ticks: number
}

/** A number of frames a second in ticks; 23.976, 29.97 and 59.94 stand for the rates of NTSC, multiples of 1000/1001. */
export function frameRateOf(framesPerSecond: number): FrameRate {
  const whole = Math.round(framesPerSecond)
  if (Math.abs(framesPerSecond - whole) < 1e-6) return { timescale: whole, ticks: 1 }
  const next = Math.ceil(framesPerSecond)
  // As they are written, with two or three digits.
  if (Math.abs(framesPerSecond - (next * 1000) / 1001) < 0.005) return { timescale: next * 1000, ticks: 1001 }
  return { timescale: Math.round(framesPerSecond * 1000), ticks: 1000 }
}

/**
 * Which frame of a clip each frame of a film at another rate shows: that which is seen in its middle. The film is as long as
 * the clip from its first frame, to half a frame.
 *
 * @returns indexes into `times`, at least one
 */
export function resampledFrames(
  { times, timescale, duration }: Pick<ClipFacts, 'times' | 'timescale' | 'duration'>,
  rate: FrameRate,
): readonly number[] {
  const start = times[0]!
  const perFrame = (rate.ticks / rate.timescale) * timescale
  const count = Math.max(1, Math.round((duration - start) / perFrame))
  let index = 0
  return Array.from({ length: count }, (_, frame) => {
    const middle = start + (frame + 0.5) * perFrame
    while (index + 1 < times.length && times[index + 1]! <= middle) index++
    return index
  })
}

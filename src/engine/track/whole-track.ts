import type { Segment } from '../motion/smoothing.ts'
import type { PictureSize } from '../runtime.ts'
import type { Observation } from './observation.ts'
import { slipsIn } from './slips.ts'
import type { Track, TrackFrame } from './track.ts'

/** What a face does in more seconds than these cannot be told from before and after. */
const longestInterpolation = 0.5

/**
 * The track of a face from what was seen of it in the frames of a film; undefined if it was seen in none. Where it was not,
 * or the landmark network slipped, the frame is marked.
 *
 * @param size of the frames
 * @param timescale ticks a second
 */
export function trackOf(
  size: PictureSize,
  timescale: number,
  observations: readonly Observation[],
): Track | undefined {
  if (observations.every(({ points }) => points === undefined)) return undefined
  const isCut = (i: number) => observations[i]!.cut
  const isSeen = (i: number) => observations[i]!.points !== undefined
  const seen = stretches(observations.length, (i) => isCut(i) || isSeen(i) !== isSeen(i - 1))
  const slips = new Set(
    seen.filter(({ start }) => isSeen(start)).flatMap((stretch) => slipsIn(observations, stretch, timescale)),
  )
  const frames = filled(
    observations.map((observation, i) =>
      slips.has(i) ? { ...observation, points: undefined } : observation,
    ),
    timescale,
  )
  const isHeld = (i: number) => frames[i]!.state === 'held'
  const segments = stretches(frames.length, (i) => isCut(i) || isHeld(i) !== isHeld(i - 1))
  return { ...size, timescale, frames, segments: segments.filter(({ start }) => !isHeld(start)) }
}

/** All of so many frames in stretches, of which one begins with each frame that is said to. */
function stretches(count: number, begins: (frame: number) => boolean): readonly Segment[] {
  const starts = Array.from({ length: count }, (_, i) => i).filter((i) => i === 0 || begins(i))
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? count }))
}

/** All frames with landmarks: what happens within a scene is laid between, but nothing reaches from one into the next. */
function filled(observations: readonly Observation[], timescale: number): readonly TrackFrame[] {
  const inScene = lastSeen(observations, (i) => observations[i]!.cut)
  const sofar = lastSeen(observations, () => false)
  const count = observations.length
  const mirrored = lastSeen(observations.toReversed(), (i) => i > 0 && observations[count - i]!.cut)
  const toCome = mirrored.map((i) => (i === undefined ? undefined : count - 1 - i)).reverse()
  const first = observations.findIndex(({ points }) => points !== undefined)
  const pointsOf = (i: number) => observations[i]!.points!
  return observations.map(({ time, points }, i) => {
    if (points !== undefined) return { time, points, state: 'seen' }
    const [before, after] = [inScene[i], toCome[i]]
    if (before !== undefined && after !== undefined) {
      const [from, to] = [observations[before]!.time, observations[after]!.time]
      if (to - from <= longestInterpolation * timescale) {
        const part = (time - from) / (to - from)
        return { time, points: between(pointsOf(before), pointsOf(after), part), state: 'interpolated' }
      }
    }
    return { time, points: pointsOf(before ?? after ?? sofar[i] ?? first), state: 'held' }
  })
}

/** For each frame the last one up to it that shows the face; a frame that forgets knows of none before it. */
function lastSeen(
  observations: readonly Pick<Observation, 'points'>[],
  forgets: (frame: number) => boolean,
): readonly (number | undefined)[] {
  let last: number | undefined
  return observations.map(({ points }, i) => {
    if (forgets(i)) last = undefined
    if (points !== undefined) last = i
    return last
  })
}

function between(from: Float32Array, to: Float32Array, part: number): Float32Array {
  return from.map((value, i) => value + part * (to[i]! - value))
}

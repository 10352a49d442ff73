import { landmarkGroups } from '../face/landmark-groups.ts'
import { eyesDistance } from '../face/quad.ts'
import type { Segment } from '../motion/smoothing.ts'
import type { Observation } from './observation.ts'

/**
 * No part of a face goes there and back within two frames by more than this, as a mean of its points in distances of the
 * eyes. On drawn films at 25 frames a second blinks take a lid 0.034 off the middle between its neighbours, and speech the
 * lips 0.047 (`models/evaluation/films.safetensors`).
 */
const leastSlip = 0.1

/** A camera that shakes throws all frames about: a slip stands out among so many frames on either side. */
const around = 5
const outstanding = 4

/** The frames beside a slip lie half as far off the middle between theirs; a step takes two frames equally far. */
const beyondNeighbours = 1.5

/** Where three frames take longer, in seconds, a face has the time for it. */
const longest = 0.1

/**
 * The frames of a scene, all of them seen, in which a part of the landmarks lies elsewhere than in the frames before and
 * after, as landmark networks slip now and then.
 */
export function slipsIn(
  observations: readonly Observation[],
  { start, end }: Segment,
  timescale: number,
): readonly number[] {
  const frames = observations.slice(start, end)
  const slips = new Set<number>()
  for (const group of landmarkGroups) {
    const off = frames.map((_, i) => offMiddle(frames, i, group))
    off.forEach((value, i) => {
      if (i === 0 || i === frames.length - 1) return
      if (frames[i + 1]!.time - frames[i - 1]!.time > longest * timescale) return
      const neighbours = Math.max(off[i - 1]!, off[i + 1]!)
      if (value < Math.max(leastSlip, beyondNeighbours * neighbours)) return
      const usual = off.slice(Math.max(0, i - around), i + around + 1).sort((a, b) => a - b)
      if (value >= outstanding * usual[usual.length >> 1]!) slips.add(start + i)
    })
  }
  return [...slips].sort((a, b) => a - b)
}

/** How far a part of a face lies off the middle between its places in the frames before and after; 0 for the first and the last. */
function offMiddle(frames: readonly Observation[], i: number, { start, end }: Segment): number {
  const [before, at, after] = [frames[i - 1]?.points, frames[i]!.points!, frames[i + 1]?.points]
  if (before == null || after == null) return 0
  let sum = 0
  for (let k = 2 * start; k < 2 * end; k += 2) {
    const [x, y] = [0, 1].map((axis) => at[k + axis]! - (before[k + axis]! + after[k + axis]!) / 2)
    sum += Math.hypot(x!, y!)
  }
  return sum / (end - start) / eyesDistance(at)
}

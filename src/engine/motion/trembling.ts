import { eyesDistance } from '../face/quad.ts'
import type { Segment } from './smoothing.ts'

/**
 * How far the middle of five values lies from the parabola that is nearest to them (Savitzky and Golay 1964), which is 3/35 of their fourth
 * difference: nothing for movements that are even cubic over five frames.
 */
const offCurve = [3 / 35, -12 / 35, 18 / 35, -12 / 35, 3 / 35]
const middle = offCurve.length >> 1

/**
 * How far the landmarks of each frame are off the smooth way that they take through the frames about it: the mean over all of them, in eyes'
 * distances. Lids and lips that are quick are a small part of it. The first and the last two frames of a segment are told by those beside
 * them; what hangs together for less than five frames does not tremble.
 *
 * @param frames 68 x (x, y) of each
 */
export function trembling(frames: readonly ArrayLike<number>[], segments: readonly Segment[]): Float32Array {
  const found = new Float32Array(frames.length)
  for (const { start, end } of segments) {
    const [first, last] = [start + middle, end - 1 - middle]
    for (let frame = first; frame <= last; frame++) {
      found[frame] = meanOff(frames.slice(frame - middle, frame + middle + 1))
    }
    if (first > last) continue
    found.fill(found[first]!, start, first)
    found.fill(found[last]!, last + 1, end)
  }
  return found
}

function meanOff(around: readonly ArrayLike<number>[]): number {
  const points = around[middle]!
  let sum = 0
  for (let i = 0; i < points.length; i += 2) {
    let [x, y] = [0, 0]
    for (let k = 0; k < offCurve.length; k++) {
      x += offCurve[k]! * around[k]![i]!
      y += offCurve[k]! * around[k]![i + 1]!
    }
    sum += Math.hypot(x, y)
  }
  return sum / (points.length / 2) / eyesDistance(points)
}

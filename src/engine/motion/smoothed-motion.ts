import type { Motion, MotionFrame } from './motion.ts'
import { type Rotation, unitRotation } from './rotation.ts'
import { type Segment, smoothedRows } from './smoothing.ts'

/** What is further off its curve than this is no noise, in standard deviations of what is off. */
const mostNoise = 2.5

/** Frames over which a motion is smoothed where nobody says how much. */
export const usualWindow = 5

/**
 * A motion without the shiver of the landmarks that it was fitted to. What is smooth in a face is what its coefficients
 * say, not where its points happen to lie; and lids that fall within a frame or two are no shiver.
 *
 * @param segments, window see `smoothedRows`
 */
export function smoothedMotion(motion: Motion, segments: readonly Segment[], window = usualWindow): Motion {
  const { frames } = motion
  const rows = oneSided(frames).map(rowOf)
  const curves = smoothedRows(rows, segments, window)
  for (const { start, end } of segments) keepJumps(curves.slice(start, end), rows.slice(start, end))
  return { ...motion, frames: curves.map((row, i) => frameOf(row, frames[i]!)) }
}

/**
 * Brings curves back to their rows where these are further off than noise would be, as a sigma filter keeps the edges of a
 * picture (Lee 1983). How far noise goes the median tells, on which movements that are quick and rare have no effect.
 */
function keepJumps(curves: readonly Float64Array[], rows: readonly ArrayLike<number>[]): void {
  curves[0]?.forEach((_, column) => {
    const off = curves.map((curve, i) => rows[i]![column]! - curve[column]!)
    const most = mostNoise * deviationOf(off)
    curves.forEach((curve, i) => {
      if (off[i] !== 0) curve[column]! += off[i]! / (1 + (most / off[i]!) ** 4)
    })
  })
}

/** The standard deviation of numbers around 0 that are normal but for outliers (Hampel 1974). */
function deviationOf(numbers: readonly number[]): number {
  return 1.4826 * numbers.map(Math.abs).sort((a, b) => a - b)[numbers.length >> 1]!
}

function rowOf({ pose, expression, residual }: MotionFrame): readonly number[] {
  const { rotation, scale, x, y } = pose
  return [...rotation, scale, x, y, ...Array.from(expression), ...Array.from(residual)]
}

/** What was dragged is smooth as it is. */
function frameOf(row: Float64Array, frame: MotionFrame): MotionFrame {
  const [w, i, j, k, scale, x, y] = row as unknown as [number, number, number, number, number, number, number]
  const rest = row.subarray(7)
  const expressions = frame.expression.length
  return {
    ...frame,
    pose: { rotation: unitRotation([w, i, j, k]), scale, x, y },
    expression: rest.subarray(0, expressions),
    residual: rest.subarray(expressions),
  }
}

/** Frames whose rotations lie on one side: a quaternion and its negative mean the same, but have no mean. */
function oneSided(frames: readonly MotionFrame[]): readonly MotionFrame[] {
  let before: Rotation | undefined
  return frames.map((frame) => {
    const { rotation } = frame.pose
    const product = before?.reduce((sum, value, i) => sum + value * rotation[i]!, 0) ?? 1
    const [w, x, y, z] = rotation
    before = product < 0 ? [-w, -x, -y, -z] : rotation
    return { ...frame, pose: { ...frame.pose, rotation: before } }
  })
}

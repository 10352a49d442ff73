import { wayInFace } from '../../../../engine/motion/key-frames.ts'
import type { KeyFrameRecord } from '../../../../shared/film-settings.ts'

type KeyFrames = readonly KeyFrameRecord[]

/** Key frames whose points are kept to so many parts of a unit of the model. */
const precision = 1e4

/**
 * Key frames with a landmark dragged in a frame.
 *
 * @param axes as of `withDragged`
 * @param way how far it is dragged in the picture from where it would be
 */
export function withPoint(
  keys: KeyFrames,
  frame: number,
  index: number,
  axes: ArrayLike<number>,
  way: readonly [x: number, y: number],
): KeyFrameRecord[] {
  const [x, y, z] = wayInFace(axes, ...way).map((value) => Math.round(value * precision) / precision)
  const others = pointsOf(keys, frame).filter((point) => point.index !== index)
  return withKeyFrame(keys, { frame, points: [...others, { index, x: x!, y: y!, z: z! }] })
}

/** Key frames without what was dragged of these landmarks in a frame. */
export function withoutPoints(keys: KeyFrames, frame: number, indices: readonly number[]): KeyFrameRecord[] {
  const points = pointsOf(keys, frame).filter(({ index }) => !indices.includes(index))
  return withKeyFrame(keys, { frame, points })
}

export function withoutKeyFrame(keys: KeyFrames, frame: number): KeyFrameRecord[] {
  return withKeyFrame(keys, { frame, points: [] })
}

/** What was dragged in a frame. */
export function pointsOf(keys: KeyFrames, frame: number): KeyFrameRecord['points'] {
  return keys.find((key) => key.frame === frame)?.points ?? []
}

/** The next key frame after a frame, or before it; undefined where there is none. */
export function keyFrameBeside(keys: KeyFrames, frame: number, way: -1 | 1): number | undefined {
  const frames = keys.map((key) => key.frame)
  return way > 0 ? frames.find((one) => one > frame) : frames.findLast((one) => one < frame)
}

function withKeyFrame(keys: KeyFrames, key: KeyFrameRecord): KeyFrameRecord[] {
  const others = keys.filter(({ frame }) => frame !== key.frame)
  const all = key.points.length === 0 ? others : [...others, key]
  return all.sort((a, b) => a.frame - b.frame)
}

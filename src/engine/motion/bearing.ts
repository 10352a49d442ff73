import type { Motion, MotionFrame } from './motion.ts'
import { lidPairs, openingRatios } from './openings.ts'
import { facing, meanRotation, type Rotation } from './rotation.ts'
import { seenFace } from './seen-face.ts'
import type { ShapeModel } from './shape-model.ts'

/** How somebody holds head and eyes while doing nothing in particular: what movements start from. */
export interface Bearing {
  readonly rotation: Rotation
  /** How far the lids are open, as of `lidsOf`. */
  readonly lids: readonly number[]
}

/** Frames that it is taken from, evenly spread; more would say the same again. */
const mostFrames = 500

/** How far landmark networks see the eyes of photographs open, and so many frames of it beside those of the film. */
const usualLids = 0.3
const usualFrames = 8

/** Lids less open than this, as a ratio of the eye's width, are shut for the moment. */
export const leastLids = 0.15

/** The bearing of a film: the mean pose, and the median openings of the lids, so that blinks do not count. */
export function bearingOf(model: ShapeModel, { frames, ...face }: Omit<Motion, 'bearing'>): Bearing {
  const every = Math.ceil(frames.length / mostFrames)
  const some = frames.filter((_, i) => i % every === 0)
  const seen = some.map((frame) => lidsOf(model, face, frame))
  const lids = Array.from({ length: lidPairs }, (_, pair) => {
    const middle = seen.map((ratios) => ratios[pair]!).sort((a, b) => a - b)[seen.length >> 1]!
    const usual = (usualFrames * usualLids + some.length * middle) / (usualFrames + some.length)
    return Math.max(leastLids, usual)
  })
  return { rotation: meanRotation(some.map(({ pose }) => pose.rotation)), lids }
}

/**
 * How far a face that looks at the viewer would have its lids open: two pairs of the left eye and two of the right one, as ratios of the
 * eyes' width, which is foreshortened where a head is turned.
 */
export function lidsOf(
  model: ShapeModel,
  face: Pick<Motion, 'identity' | 'residual'>,
  frame: Pick<MotionFrame, 'expression' | 'residual'>,
): readonly number[] {
  return openingRatios(seenFace(model, face, frame, facing)).slice(0, lidPairs)
}

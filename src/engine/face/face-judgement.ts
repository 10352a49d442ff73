import type { Box } from './face.ts'
import { ffhqQuad, sideOf } from './quad.ts'
import { leanOf } from './square-quad.ts'

/** Landmarks as a look at a face gives them that is turned by so many radians: 68 x (x, y). */
export type TurnedLook = (angle: number) => Promise<Float32Array>

/**
 * What the landmarks say of a find: `sure`; `turned`, a face that stands otherwise than the find; `doubtful`, a head in
 * profile as well as what is none; `none`.
 */
export interface Judgement {
  readonly kind: 'sure' | 'turned' | 'doubtful' | 'none'
  /** The landmarks that were steadiest: 68 x (x, y). */
  readonly points: Float32Array
  /** How far those of the first look moved, in distances of the eyes. */
  readonly unsteady: number
}

/** How far a face is turned to either side to see whether its landmarks stay in place, in radians. */
const shake = (20 * Math.PI) / 180

/**
 * Landmarks that move less than this, in distances of the eyes, are of a face that stands as it is looked at. Of what
 * the detector finds in six photographs that are turned by every 15 degrees, the wrong ones' move by 0.12 and more, by
 * 0.39 in the middle; the right ones' by 0.05 in the middle, by 0.35 at most (`npm run eval:turned`).
 */
const steady = 0.11

/** Heads in profile, whose landmarks are guesses, do not go beyond this: those of the photographs move by 0.37 and 0.23. */
const mostUnsteady = 0.5

/** Another way up must be so much steadier. */
const clearly = 0.5

/** Boxes of heads that stand upright are at least so many times as high as wide; the least of the photographs is 1.12. */
const leastHeight = 1.1

/** Looks along the lean that was found until it changes no more. */
const settling = 2

const quarters = [1, 2, 3].map((quarter) => (quarter * Math.PI) / 2)

/**
 * Whether the landmarks of a find are those of a face that stands as the find says. Whatever the network is shown it
 * makes a face of, of a good shape and in its middle; but those of a face stay with it where it is turned a little,
 * and those of a cheek, of a face that lies, or of a bark do not.
 *
 * @param points what the first look found
 * @param angle of that look, in radians
 */
export async function judged(
  look: TurnedLook,
  box: Box,
  angle: number,
  points: Float32Array,
): Promise<Judgement> {
  const own = await unsteadiness(look, points)
  if (own < steady) return { kind: standing(points, angle), points, unsteady: own }
  let best = { points, unsteady: own }
  for (const quarter of quarters) {
    let turned = await look(angle + quarter)
    for (let i = 0; i < settling; i++) turned = await look(leanOf(turned))
    const unsteady = await unsteadiness(look, turned)
    if (unsteady < best.unsteady) best = { points: turned, unsteady }
  }
  if (best.unsteady < steady && best.unsteady < clearly * own) {
    return { kind: standing(best.points, angle), points: best.points, unsteady: own }
  }
  const head = box.height >= leastHeight * box.width && own < mostUnsteady
  return { kind: head ? 'doubtful' : 'none', points, unsteady: own }
}

/** Whether a face stands as it was looked at, to an eighth of a turn. */
function standing(points: Float32Array, angle: number): 'sure' | 'turned' {
  const lean = leanOf(points) - angle
  return Math.cos(lean) > Math.SQRT1_2 ? 'sure' : 'turned'
}

/** How far the landmarks move where the look leans to either side, in distances of an FFHQ face's eyes. */
async function unsteadiness(look: TurnedLook, points: Float32Array): Promise<number> {
  const lean = leanOf(points)
  const [left, right] = [await look(lean - shake), await look(lean + shake)]
  return (distanceBetween(left, points) + distanceBetween(right, points)) / 2
}

/** The mean distance of brows, nose, eyes and mouth; the eyes lie a quarter of the square apart. */
function distanceBetween(a: Float32Array, b: Float32Array): number {
  const first = 17
  let sum = 0
  for (let i = first; i < 68; i++) sum += Math.hypot(a[2 * i]! - b[2 * i]!, a[2 * i + 1]! - b[2 * i + 1]!)
  return (4 * sum) / (68 - first) / sideOf(ffhqQuad(b))
}

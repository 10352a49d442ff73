/** Where lids or lips part: landmarks of the upper and of the lower edge, both from the left corner to the right one. */
export interface Slit {
  readonly upper: readonly number[]
  readonly lower: readonly number[]
}

export const slits = {
  mouth: { upper: [60, 61, 62, 63, 64], lower: [60, 67, 66, 65, 64] },
  leftEye: { upper: [36, 37, 38, 39], lower: [36, 41, 40, 39] },
  rightEye: { upper: [42, 43, 44, 45], lower: [42, 47, 46, 45] },
} as const satisfies Record<string, Slit>

export type SlitName = keyof typeof slits

/** A slit as it lies in a face: n x (x, y) each. */
export interface PlacedSlit {
  readonly upper: Float64Array
  readonly lower: Float64Array
  /** Halfway between the two. */
  readonly middle: Float64Array
}

/** @param points 68 x (x, y) */
export function placedSlit(points: ArrayLike<number>, { upper, lower }: Slit): PlacedSlit {
  const line = (landmarks: readonly number[]) =>
    Float64Array.from(landmarks.flatMap((landmark) => [points[2 * landmark]!, points[2 * landmark + 1]!]))
  const [above, below] = [line(upper), line(lower)]
  return { upper: above, lower: below, middle: above.map((value, i) => (value + below[i]!) / 2) }
}

/**
 * On which side of a slit a place lies: 1 where it belongs to its upper edge, -1 where it does to the lower one, and softly
 * between them elsewhere. It jumps nowhere but across the slit's middle. The angle under which a line is seen is harmonic and jumps
 * across the line alone.
 */
export function sideOf({ upper, lower, middle }: PlacedSlit, x: number, y: number): number {
  const [above, below] = [angleOf(upper, x, y), angleOf(lower, x, y)]
  // Around a place between the edges the two make a full turn, around others none.
  const isBetween = below - above > Math.PI
  const angle = isBetween ? 2 * Math.sign(angleOf(middle, x, y)) : (above + below) / Math.PI
  return Math.max(-1, Math.min(1, angle))
}

/** Under which a line is seen: positive from above, as far as pi close to it, and negative from below. */
function angleOf(line: Float64Array, x: number, y: number): number {
  let angle = 0
  let [px, py] = [line[0]! - x, line[1]! - y]
  for (let i = 2; i < line.length; i += 2) {
    const [qx, qy] = [line[i]! - x, line[i + 1]! - y]
    angle += Math.atan2(py * qx - px * qy, px * qx + py * qy)
    px = qx
    py = qy
  }
  return angle
}

/** A closed smooth line through landmarks, as corners of a fine polygon: n x (x, y). */
export type Outline = Float64Array

/** Pieces of the line between two landmarks. */
const pieces = 5

/** The outline through those landmarks in turn (a closed Catmull-Rom spline). */
export function outlineThrough(points: ArrayLike<number>, landmarks: readonly number[]): Outline {
  const count = landmarks.length
  const outline = new Float64Array(2 * count * pieces)
  for (let i = 0, at = 0; i < count; i++) {
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces
      for (let axis = 0; axis < 2; axis++, at++) {
        const near = (k: number) => points[2 * landmarks[(i + k + count) % count]! + axis]!
        const [a, b, c, d] = [near(-1), near(0), near(1), near(2)]
        outline[at] = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
      }
    }
  }
  return outline
}

/** How far a place lies within the outline; negative outside. */
export function depthIn(outline: Outline, x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY
  let isInside = false
  const { length } = outline
  let [px, py] = [outline[length - 2]!, outline[length - 1]!]
  for (let i = 0; i < length; i += 2) {
    const [qx, qy] = [outline[i]!, outline[i + 1]!]
    const [ex, ey] = [qx - px, qy - py]
    const [dx, dy] = [x - px, y - py]
    const square = ex * ex + ey * ey
    const along = square === 0 ? 0 : Math.min(1, Math.max(0, (dx * ex + dy * ey) / square))
    const [ox, oy] = [dx - along * ex, dy - along * ey]
    least = Math.min(least, ox * ox + oy * oy)
    if (py > y !== qy > y && x < ((qx - px) * (y - py)) / (qy - py) + px) isInside = !isInside
    px = qx
    py = qy
  }
  return isInside ? Math.sqrt(least) : -Math.sqrt(least)
}

/** Left, top, right and bottom of the outline and so much around it. */
export function boundsOf(outline: Outline, around: number): readonly [number, number, number, number] {
  const [xs, ys] = [0, 1].map((axis) => outline.filter((_, i) => i % 2 === axis))
  return [
    Math.min(...xs!) - around,
    Math.min(...ys!) - around,
    Math.max(...xs!) + around,
    Math.max(...ys!) + around,
  ]
}

/** From 0 to 1 without corners as `value` goes from `low` to `high`. */
export function smoothStep(low: number, high: number, value: number): number {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

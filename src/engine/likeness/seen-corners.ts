import { mouthGap, outOfGap } from './gap.ts'

/** How far from its landmark a corner of the mouth is seen, in widths of the mouth: across and down. */
export type SeenCorner = readonly [across: number, down: number]

/** The left corner's and the right one's. */
export type SeenCorners = readonly [SeenCorner, SeenCorner]

/** The logarithm of the light of a mouth at a place across and down, in its own units. */
export type Light = (across: number, down: number) => number

/** The inner landmarks of the corners. */
const corners = [60, 64]

/** They are looked for within so many steps either way, each so long in widths of the mouth. */
const [steps, step] = [7, 0.02]

/** The skin around a corner is looked at so far from it, on its outer side, under these angles. */
const around = 0.07
const angles = [-2, -1, 0, 1, 2].map((quarter) => (quarter * Math.PI) / 4)

/** Lights are means over crosses with arms of such a length: of a corner, and of the skin around it. */
const [spot, patch] = [0.015, 0.02]

/** So much clearer, as a logarithm, a place must be for the square of a width that it lies away from the landmark. */
const reluctance = 20

/**
 * Landmark networks put corners onto skin or teeth. Where lips meet it is darker than all around outside: a corner is seen
 * where that is clearest, near its landmark; at the landmark where nothing shows it.
 */
export function seenCorners(lightAt: Light): SeenCorners {
  const places = Array.from({ length: 2 * steps + 1 }, (_, i) => (i - steps) * step)
  const seen = (corner: number) => {
    const clear = clearness(lightAt, corner)
    let [best, most]: [SeenCorner, number] = [[0, 0], clear(0, 0)]
    for (const across of places) {
      for (const down of places) {
        const here = clear(across, down)
        if (here > most) [best, most] = [[across, down], here]
      }
    }
    return best
  }
  return [seen(0), seen(1)]
}

/** By how much a place beside a corner, 0 or 1, is darker than all but one of those around it on its outer side. */
function clearness(lightAt: Light, corner: number) {
  const outwards = 2 * corner - 1
  return (aside: number, down: number) => {
    const across = corner + aside
    const skin = angles
      .map((angle) => {
        const [out, up] = [around * Math.cos(angle), around * Math.sin(angle)]
        return meanLight(lightAt, across + outwards * out, down - up, patch)
      })
      .sort((a, b) => a - b)
    const away = aside * aside + down * down
    return skin[1]! - meanLight(lightAt, across, down, spot) - reluctance * away
  }
}

function meanLight(lightAt: Light, across: number, down: number, arm: number): number {
  const aside = lightAt(across - arm, down) + lightAt(across + arm, down)
  return (lightAt(across, down) + aside + lightAt(across, down - arm) + lightAt(across, down + arm)) / 5
}

/** Landmarks with the corners of the mouth where they are seen: 68 x (x, y). */
export function withSeenCorners(points: Float32Array, seen: SeenCorners): Float32Array {
  const { frame } = mouthGap(points)
  const moved = points.slice()
  corners.forEach((landmark, i) => {
    const [across, down] = seen[i]!
    const [u, v] = outOfGap(frame, i + across, down)
    moved[2 * landmark] = u
    moved[2 * landmark + 1] = v
  })
  return moved
}

type Pair = readonly [number, number]

/** Pairs of landmarks between which lids and lips open, the upper first, by the corners between which they lie. */
const openings: readonly { readonly corners: Pair; readonly edges: readonly Pair[] }[] = [
  {
    corners: [36, 39],
    edges: [
      [37, 41],
      [38, 40],
    ],
  },
  {
    corners: [42, 45],
    edges: [
      [43, 47],
      [44, 46],
    ],
  },
  {
    corners: [60, 64],
    edges: [
      [61, 67],
      [62, 66],
      [63, 65],
    ],
  },
]

/** Of the openings, those of the lids come first. */
export const lidPairs = 4

/**
 * How far lids and lips are open as a ratio of their width, less than 0 where the edges cross: two of the left eye, two of
 * the right one, three of the mouth.
 *
 * @param points 68 x (x, y)
 */
export function openingRatios(points: ArrayLike<number>): readonly number[] {
  return openings.flatMap(({ corners, edges }) => {
    const { width, downX, downY } = gauge(points, corners)
    return edges.map(([upper, lower]) => {
      const [x, y] = way(points, upper, lower)
      return (x * downX + y * downY) / width
    })
  })
}

/**
 * Landmarks whose lids and lips are open as far as a ratio of their width says, so that eyes that differ in size are shut
 * at the same time. The middle between two edges stays where it is.
 *
 * @param points 68 x (x, y)
 * @param ratios as of `openingRatios`
 */
export function withOpenings(points: ArrayLike<number>, ratios: readonly number[]): Float64Array {
  const opened = Float64Array.from(points)
  const more = openingRatios(points).map((own, k) => ratios[k]! - own)
  for (const { corners, edges } of openings) {
    const { width, downX, downY } = gauge(points, corners)
    for (const [upper, lower] of edges) {
      const half = (width * more.shift()!) / 2
      opened[2 * upper]! -= half * downX
      opened[2 * upper + 1]! -= half * downY
      opened[2 * lower]! += half * downX
      opened[2 * lower + 1]! += half * downY
    }
  }
  return opened
}

/** The distance of two corners, and the way down across the line between them. */
function gauge(points: ArrayLike<number>, [left, right]: Pair) {
  const [x, y] = way(points, left, right)
  const width = Math.hypot(x, y)
  return { width, downX: -y / width, downY: x / width }
}

function way(points: ArrayLike<number>, from: number, to: number): Pair {
  return [points[2 * to]! - points[2 * from]!, points[2 * to + 1]! - points[2 * from + 1]!]
}

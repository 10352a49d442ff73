type Pair = readonly [number, number]

/** What opens, left and right as seen in the picture. */
export const openers = ['leftEye', 'rightEye', 'lips'] as const

/** Landmarks of an edge: the one that tells where it is, and others that go along with it, each by a part of its way. */
type Edge = readonly [landmark: number, ...along: readonly (readonly [landmark: number, part: number])[]]

/** Edges between which lids and lips open, the upper first, by the corners between which they lie; as `openers`. */
const openings: readonly {
  readonly corners: Pair
  readonly edges: readonly (readonly [upper: Edge, lower: Edge])[]
}[] = [
  {
    corners: [36, 39],
    edges: [
      [[37], [41]],
      [[38], [40]],
    ],
  },
  {
    corners: [42, 45],
    edges: [
      [[43], [47]],
      [[44], [46]],
    ],
  },
  {
    corners: [60, 64],
    edges: [
      [
        [61, [50, 1], [49, 0.5]],
        [67, [58, 1], [59, 0.5]],
      ],
      [
        [62, [51, 1]],
        [66, [57, 1]],
      ],
      [
        [63, [52, 1], [53, 0.5]],
        [65, [56, 1], [55, 0.5]],
      ],
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
    return edges.map(([[upper], [lower]]) => {
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
 * @param whole whether lips go there whole, and not their inner edges alone
 */
export function withOpenings(
  points: ArrayLike<number>,
  ratios: readonly number[],
  whole = false,
): Float64Array {
  const opened = Float64Array.from(points)
  const more = openingRatios(points).map((own, k) => ratios[k]! - own)
  for (const { corners, edges } of openings) {
    const { width, downX, downY } = gauge(points, corners)
    const move = ([landmark, ...along]: Edge, down: number): void => {
      for (const [index, part] of [[landmark, 1] as const, ...(whole ? along : [])]) {
        opened[2 * index]! += part * down * downX
        opened[2 * index + 1]! += part * down * downY
      }
    }
    for (const [upper, lower] of edges) {
      const half = (width * more.shift()!) / 2
      move(upper, -half)
      move(lower, half)
    }
  }
  return opened
}

/** The value of what each pair of edges belongs to, from one for each of `openers`. */
export function eachOpening<T>(values: readonly T[]): readonly T[] {
  return openings.flatMap(({ edges }, i) => edges.map(() => values[i]!))
}

/**
 * Openings that do not cross, or no further than those before do.
 *
 * @param ratios as of `openingRatios`
 */
export function uncrossed(ratios: readonly number[], before: readonly number[]): readonly number[] {
  return ratios.map((ratio, k) => Math.max(ratio, Math.min(0, before[k]!)))
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

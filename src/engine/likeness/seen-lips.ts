import { type Gap, inGap, mouthGap, outOfGap } from './gap.ts'
import { smoothStep } from './outline.ts'
import { openingOf } from './parts.ts'
import { frameOf, type Portrait } from './portrait.ts'
import { sampleCubic } from './sampling.ts'
import { slits } from './slits.ts'

/** How much further down the edges of lips are seen than their landmarks lie, in widths of the mouth. */
export interface SeenLips {
  readonly upper: number
  readonly lower: number
  /** The mean way between the landmarks. */
  readonly height: number
}

/** A look's mouth shows what is in it from between these openings on, in distances of the eyes. */
const [shutTo, showsFrom] = [0.05, 0.1]

/** Places across a mouth at which its lips are looked at, and steps from the middle of a lip. */
const columns = Array.from({ length: 9 }, (_, i) => 0.2 + (0.6 * i) / 8)
const steps = 24

/** Changes of light that are less, as logarithms, are no edge; the first that is so great beside the greatest is that of the lip. */
const [leastContrast, clearly] = [0.15, 0.55]

/** Of 255: differences below it say nothing. */
const dimmest = 12

/** Landmarks are not off by more, in widths: of shut lips either way, of open ones into the mouth and into the lips. */
const mostOff = 0.12
const [mostInwards, mostOutwards] = [0.02, [0.03, 0.09]] as const

/** Of the places across, the median tells; for an open lower lip a later one, since teeth before the dark look like its edge. */
const lowerRank = 0.75

/** Mouths that are less open in the look, in widths, are taken to be open so far. */
const leastHeight = 0.03

/** How far a mouth shows what is in it, 0..1. */
export function mouthShows(points: ArrayLike<number>): number {
  return smoothStep(shutTo, showsFrom, openingOf(points))
}

/**
 * Landmark networks put the edges of lips onto teeth, and the line between shut lips into one of them. Where an open mouth's lips
 * end is told by their colour, and where shut ones meet by the darkest line between them.
 */
export function seenLips(look: Portrait): SeenLips {
  const gap = mouthGap(look.points)
  const shows = mouthShows(look.points)
  const [above, below] = [middleOf(look.points, gap, upperLip), middleOf(look.points, gap, lowerLip)]
  const colourAt = coloursOf(look, gap)
  const offs = columns.map((across) => {
    const [upper, lower] = [gap.upper(across), gap.lower(across)]
    const [from, to, middle] = [above(across), below(across), (upper + lower) / 2]
    const seam = darkestBetween(colourAt, across, from, to)
    const up = upper - edgeFrom(colourAt, across, from, middle, upper)
    const down = edgeFrom(colourAt, across, to, middle, lower) - lower
    const wider = [up, down].map((off, i) => Math.max(-mostInwards, Math.min(mostOutwards[i]!, off)))
    return [-wider[0]!, wider[1]!].map((off, i) => off + (1 - shows) * (seam - [upper, lower][i]! - off))
  })
  const [upper, lower] = [0.5, 0.5 + shows * (lowerRank - 0.5)].map((rank, i) => {
    const sorted = offs.map((off) => off[i]!).sort((a, b) => a - b)
    return Math.max(-mostOff, Math.min(mostOff, sorted[Math.round(rank * (sorted.length - 1))]!))
  })
  return { upper: upper!, lower: lower!, height: gap.height }
}

/** Landmarks with those of the inner lips where they are seen: 68 x (x, y). Lips that shut meet. */
export function withSeenLips(points: Float32Array, { upper, lower, height }: SeenLips): Float32Array {
  const gap = mouthGap(points)
  const wider = lower - upper
  const opened = Math.max(0, Math.min(1, gap.height / Math.max(leastHeight, height)))
  const half = (wider > 0 ? opened * wider : wider) / 2
  const middle = (upper + lower) / 2
  const seen = points.slice()
  slits.mouth.upper.slice(1, -1).forEach((landmark, i) => {
    const pair = [landmark, slits.mouth.lower[i + 1]!]
    const places = pair.map((k) => inGap(gap.frame, points[2 * k]!, points[2 * k + 1]!))
    const meet = middle + (places[0]![1] + places[1]![1]) / 2
    const apart = Math.max(0, (places[1]![1] - places[0]![1]) / 2 + half)
    pair.forEach((k, edge) => {
      const [u, v] = outOfGap(gap.frame, places[edge]![0], meet + (edge === 0 ? -apart : apart))
      seen[2 * k] = u
      seen[2 * k + 1] = v
    })
  })
  return seen
}

/** Outer landmarks of the lips, and how far from the inner ones to them lies a place that is lip for certain. */
const upperLip = { outer: [50, 51, 52], edge: 'upper', within: 0.5 } as const
const lowerLip = { outer: [58, 57, 56], edge: 'lower', within: 1 } as const

/** Where a lip is lip for certain: so far down at a place across. */
function middleOf(
  points: ArrayLike<number>,
  gap: Gap,
  { outer, edge, within }: typeof upperLip | typeof lowerLip,
) {
  const ways = outer.map((i) => {
    const [across, down] = inGap(gap.frame, points[2 * i]!, points[2 * i + 1]!)
    return down - gap[edge](across)
  })
  const way = (within * ways.reduce((sum, way) => sum + way, 0)) / ways.length
  return (across: number) => gap[edge](across) + way * Math.sqrt(4 * across * (1 - across))
}

type Colours = (across: number, down: number) => Float64Array

function coloursOf({ image, quad }: Portrait, { frame }: Gap): Colours {
  const { x, y, a, b } = frameOf(quad)
  return (across, down) => {
    const colour = new Float64Array(3)
    const [u, v] = outOfGap(frame, across, down)
    sampleCubic(image, x + u * a - v * b, y + u * b + v * a, colour)
    return colour
  }
}

function darkestBetween(colourAt: Colours, across: number, from: number, to: number): number {
  let [best, least] = [from, Number.POSITIVE_INFINITY]
  for (let i = 0; i <= steps; i++) {
    const down = from + ((to - from) * i) / steps
    const light = colourAt(across, down).reduce((sum, value) => sum + value, 0)
    if (light < least) [best, least] = [down, light]
  }
  return best
}

/** Where a lip ends on the way from within it into the mouth: its light changes as much as anywhere; else the landmarks' edge. */
function edgeFrom(colourAt: Colours, across: number, from: number, to: number, landmarks: number): number {
  const down = (i: number) => from + ((to - from) * i) / steps
  const lights = Array.from({ length: steps + 1 }, (_, i) =>
    colourAt(across, down(i)).map((value) => Math.log(Math.max(0, value) + dimmest)),
  )
  const changes = lights
    .slice(2)
    .map((light, i) => light.reduce((sum, value, c) => sum + Math.abs(value - lights[i]![c]!), 0))
  const most = Math.max(...changes)
  if (most < leastContrast) return landmarks
  return down(changes.findIndex((change) => change > clearly * most) + 1)
}

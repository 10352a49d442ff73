import { type Gap, inGap, mouthGap, outOfGap } from './gap.ts'
import { smoothStep } from './outline.ts'
import { openingOf } from './parts.ts'
import { frameOf, type Portrait } from './portrait.ts'
import { sampleCubic } from './sampling.ts'
import { type Light, type SeenCorners, seenCorners, withSeenCorners } from './seen-corners.ts'
import { slits } from './slits.ts'

/** How much further down the edges of lips are seen than their landmarks lie, between corners that are seen, in widths of the mouth. */
export interface SeenLips {
  readonly corners: SeenCorners
  readonly upper: number
  readonly lower: number
  /** The mean way between the landmarks. */
  readonly height: number
}

/** A look's mouth shows what is in it from between these openings on, in distances of the eyes. */
const [shutTo, showsFrom] = [0.055, 0.08]

/** Places across a mouth at which its lips are looked at, and steps from the middle of a lip. */
const columns = Array.from({ length: 9 }, (_, i) => 0.2 + (0.6 * i) / 8)
const steps = 24

/** Changes of colour that are less, as logarithms, are no edge; the outermost that is so great beside the greatest is that of the lip. */
const [leastContrast, clearly] = [0.15, 0.4]

/** Of 255: differences below it say nothing. */
const dimmest = 12

/** Landmarks of shut lips are not off by more, in widths; those of open ones so far into the mouth and into the lip. */
const mostOff = 0.12
const offOpen = { upper: [0.06, 0.03], lower: [0.05, 0.12] } as const

/** Edges are looked for in such steps, between places so far on either side of them, in widths. */
const [edgeStep, edgeHalf] = [0.01, 0.015]

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
export function seenLips(portrait: Portrait): SeenLips {
  const corners = seenCorners(lightOf(coloursOf(portrait, mouthGap(portrait.points))))
  const look = { ...portrait, points: withSeenCorners(portrait.points, corners) }
  const gap = mouthGap(look.points)
  const shows = mouthShows(look.points)
  const colourAt = coloursOf(look, gap)
  const [from, to] = [middleOf(look.points, gap, upperLip), middleOf(look.points, gap, lowerLip)]
  const seams = columns.map(
    (across) => [across, darkestBetween(colourAt, across, from(across), to(across))] as const,
  )
  const [upper, lower] = (['upper', 'lower'] as const).map((edge) => {
    const meets = median(seams.map(([across, seam]) => seam - gap[edge](across)))
    const shut = Math.max(-mostOff, Math.min(mostOff, meets))
    return shut + shows * (openEdge(colourAt, gap, edge) - shut)
  })
  return { corners, upper: upper!, lower: lower!, height: gap.height }
}

/** Landmarks with those of the inner lips and of the corners where they are seen: 68 x (x, y). Lips that shut meet. */
export function withSeenLips(
  landmarks: Float32Array,
  { corners, upper, lower, height }: SeenLips,
): Float32Array {
  const points = withSeenCorners(landmarks, corners)
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

/** Its logarithm, of all colours together. */
function lightOf(colourAt: Colours): Light {
  return (across, down) =>
    Math.log(3 * dimmest + colourAt(across, down).reduce((sum, value) => sum + Math.max(0, value), 0))
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

/** How much further down an open lip ends than its landmarks lie, by where colours change most along all of its edge; 0 where none do. */
function openEdge(colourAt: Colours, gap: Gap, edge: 'upper' | 'lower'): number {
  const outwards = edge === 'upper' ? -1 : 1
  const logs = (across: number, off: number) =>
    colourAt(across, gap[edge](across) + outwards * off).map((value) =>
      Math.log(Math.max(0, value) + dimmest),
    )
  const changeAt = (off: number) => {
    const changes = columns.map((across) => {
      const [within, beyond] = [logs(across, off - edgeHalf), logs(across, off + edgeHalf)]
      return within.reduce((sum, value, c) => sum + Math.abs(value - beyond[c]!), 0)
    })
    return changes.reduce((sum, change) => sum + change, 0) / columns.length
  }
  const [inwards, most] = offOpen[edge]
  const count = Math.round((inwards + most) / edgeStep)
  const changes = Array.from({ length: count + 3 }, (_, i) => changeAt((i - 1) * edgeStep - inwards))
  const peaks = changes.flatMap((change, i) => {
    const isPeak = i > 0 && i <= count + 1 && change >= changes[i - 1]! && change > changes[i + 1]!
    return isPeak ? [{ change, off: (i - 1) * edgeStep - inwards }] : []
  })
  const least = Math.max(leastContrast, clearly * Math.max(...peaks.map(({ change }) => change)))
  return outwards * (peaks.filter(({ change }) => change >= least).at(-1)?.off ?? 0)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

import type { Image } from '../runtime.ts'
import { type Gap, inGap, outOfGap } from './gap.ts'
import { spreadInwards } from './membrane.ts'
import { smoothStep } from './outline.ts'
import { forEachPixel, frameOf, type Portrait } from './portrait.ts'
import { forEachPlace, rasterAt, rasterOver } from './raster.ts'
import { sampleCubic } from './sampling.ts'
import { toByte } from './warped-picture.ts'

/** What is taken off a face's skin: a gap and what is around it, in its own units. */
export interface Patch {
  readonly gap: Gap
  /** How far it reaches above the upper edge, below the lower one, and beyond the corners. */
  readonly up: number
  readonly down: number
  readonly beyond: number
}

/** Places of the skin that is spread are so far apart, in fractions of the square. */
const spacing = 1 / 128

/** From here to where a patch ends, 0..1, its skin goes over into the picture's own. */
const softFrom = 0.45

/** Skin is at least so light, as a part of the median around it. */
const darkest = 0.7

/**
 * The picture with skin where the patches are: spread softly from around them. What lay there, lashes or teeth, is the difference.
 */
export function bareSkin({ image, quad }: Portrait, patches: readonly Patch[]): Image {
  const bare = { ...image, data: image.data.slice() }
  for (const patch of patches) takeOff(bare, { image, quad }, patch)
  return bare
}

function takeOff(bare: Image, { image, quad }: Pick<Portrait, 'image' | 'quad'>, patch: Patch): void {
  const { x, y, a, b } = frameOf(quad)
  const bounds = boundsOfPatch(patch, patch.gap)
  const skin = rasterOver(growBounds(bounds), spacing, 3, (u, v, into) =>
    sampleCubic(image, x + u * a - v * b, y + u * b + v * a, into),
  )
  const isInner = new Uint8Array(skin.rows * skin.columns)
  forEachPlace(skin, (u, v, place) => {
    if (fromMiddle(patch, ...inGap(patch.gap.frame, u, v)) < 1) isInner[place] = 1
  })
  lighten(skin.values, isInner)
  spreadInwards(skin, isInner, Number.POSITIVE_INFINITY)
  const colour = new Float64Array(3)
  forEachPixel(image, quad, bounds, (u, v, at) => {
    const share = 1 - smoothStep(softFrom, 1, fromMiddle(patch, ...inGap(patch.gap.frame, u, v)))
    if (share === 0) return
    rasterAt(skin, u, v, colour)
    for (let c = 0; c < 3; c++) {
      const there = image.data[at + c]!
      bare.data[at + c] = toByte(there + share * (colour[c]! - there))
    }
  })
}

/** Brings what is darker than skin around a patch, such as brows, near to the median of it, and nothing lighter. */
function lighten(values: Float32Array, isInner: Uint8Array): void {
  const light = (place: number) => values[3 * place]! + values[3 * place + 1]! + values[3 * place + 2]!
  const around = Array.from(isInner.keys()).filter((place) => isInner[place] === 0)
  const least = darkest * around.map(light).sort((a, b) => a - b)[around.length >> 1]!
  for (const place of around) {
    const factor = Math.max(1, least / Math.max(1, light(place)))
    for (let c = 0; c < 3; c++) values[3 * place + c]! *= factor
  }
}

/** Writes by how much the picture differs from the bare skin at a place across and down a patch, of 255; nothing beyond. */
export type Difference = (across: number, down: number, into: Float64Array) => void

export function differenceOf({ image, quad }: Portrait, bare: Image, patch: Patch): Difference {
  const { x, y, a, b } = frameOf(quad)
  const { frame } = patch.gap
  const skin = new Float64Array(3)
  return (across, down, into) => {
    if (fromMiddle(patch, across, down) >= 1) {
      into.fill(0)
      return
    }
    const [u, v] = outOfGap(frame, across, down)
    const [column, row] = [x + u * a - v * b, y + u * b + v * a]
    sampleCubic(image, column, row, into)
    sampleCubic(bare, column, row, skin)
    for (let c = 0; c < 3; c++) into[c]! -= skin[c]!
  }
}

/** Takes away what is lighter than skin, as far as the share says: white or teeth at an edge. */
export function darkened(difference: Float64Array, share: number): void {
  if (sumOf(difference) > 0) scaled(difference, 1 - share)
}

export function scaled(colour: Float64Array, factor: number): void {
  for (let c = 0; c < 3; c++) colour[c]! *= factor
}

export function sumOf(colour: ArrayLike<number>): number {
  return colour[0]! + colour[1]! + colour[2]!
}

type Colour = Float64Array

/** To write colours to. */
export function fourColours(): readonly [Colour, Colour, Colour, Colour] {
  return [new Float64Array(3), new Float64Array(3), new Float64Array(3), new Float64Array(3)]
}

/** 0 between the edges, 1 where the patch ends. */
function fromMiddle({ gap, up, down, beyond }: Patch, across: number, at: number): number {
  const aside = Math.max(0, -across, across - 1) / beyond
  const [above, below] = [(gap.upper(across) - at) / up, (at - gap.lower(across)) / down]
  return Math.hypot(aside, Math.max(0, above, below))
}

/** The square around a patch where its gap is in a frame: left, top, right and bottom. */
export function boundsOfPatch({ up, down, beyond }: Patch, { frame, upper, lower }: Gap) {
  const places = Array.from({ length: columns + 1 }, (_, i) => i / columns)
  const top = Math.min(0, ...places.map(upper)) - up
  const bottom = Math.max(0, ...places.map(lower)) + down
  const corners = [top, bottom].flatMap((at) =>
    [-beyond, 1 + beyond].map((across) => outOfGap(frame, across, at)),
  )
  const [us, vs] = [corners.map(([u]) => u), corners.map(([, v]) => v)]
  return [Math.min(...us), Math.min(...vs), Math.max(...us), Math.max(...vs)] as const
}

/** Places across at which the edges are looked at. */
const columns = 16

function growBounds([left, top, right, bottom]: readonly [number, number, number, number]) {
  return [left - 2 * spacing, top - 2 * spacing, right + 2 * spacing, bottom + 2 * spacing] as const
}

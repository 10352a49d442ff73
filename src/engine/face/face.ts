/** An upright rectangle in pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A face in a picture; everything in pixels from the top left of the upright picture. */
export interface Face {
  readonly box: Box
  /** How sure the detector is, 0..1. */
  readonly score: number
  /** 68 x (x, y). */
  readonly points: Float32Array
}

/** A find that is not yet searched for landmarks. */
export type Find = Pick<Face, 'box' | 'score'>

function intersection(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return Math.max(0, width) * Math.max(0, height)
}

export function areaOf({ width, height }: Box): number {
  return width * height
}

/** Area in common over area of both together, 0..1. */
export function overlapOf(a: Box, b: Box): number {
  const common = intersection(a, b)
  return common === 0 ? 0 : common / (areaOf(a) + areaOf(b) - common)
}

/** The part of the smaller box that lies in the larger one, 0..1. */
export function coverOf(a: Box, b: Box): number {
  const least = Math.min(areaOf(a), areaOf(b))
  return least === 0 ? 0 : intersection(a, b) / least
}

/** The finds that do not say again what a surer one says: non-maximum suppression, the surest first. */
export function distinctFinds<T extends Find>(finds: readonly T[], same: (a: Box, b: Box) => boolean): T[] {
  const kept: T[] = []
  for (const find of [...finds].sort((a, b) => b.score - a.score)) {
    if (!kept.some(({ box }) => same(box, find.box))) kept.push(find)
  }
  return kept
}

/** The largest first. */
export function bySize<T extends Find>(finds: readonly T[]): T[] {
  return [...finds].sort((a, b) => areaOf(b.box) - areaOf(a.box))
}

/** The same face in a picture of another size. */
export function scaledFace({ box, score, points }: Face, across: number, down: number): Face {
  const { x, y, width, height } = box
  return {
    box: { x: x * across, y: y * down, width: width * across, height: height * down },
    score,
    points: points.map((value, i) => value * (i % 2 === 0 ? across : down)),
  }
}

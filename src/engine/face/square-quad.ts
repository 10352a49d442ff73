import { neutralFace } from './neutral-face.ts'
import { ffhqQuad, type Point, pointsInQuad, type Quad } from './quad.ts'
import type { Size } from './view.ts'

/** Changes of a quad by hand. Each gives a square again: nothing but moves, scales and turns. */

/** The middle of the quad. */
export function centreOf([a, , c]: Quad): Point {
  return [(a[0] + c[0]) / 2, (a[1] + c[1]) / 2]
}

/** How far the quad is turned clockwise, in radians, -pi..pi. */
export function angleOf([[left, top], , , [right, down]]: Quad): number {
  return Math.atan2(down - top, right - left)
}

/** How far a face is turned by its landmarks, 68 x (x, y), clockwise, in radians, -pi..pi. */
export function leanOf(points: ArrayLike<number>): number {
  return angleOf(ffhqQuad(points))
}

/** The quad that stands upright, of that side. */
export function uprightQuad([x, y]: Point, side: number): Quad {
  const half = side / 2
  return [
    [x - half, y - half],
    [x - half, y + half],
    [x + half, y + half],
    [x + half, y - half],
  ]
}

/** The square in the middle of a picture. */
export function centreQuad({ width, height }: Size): Quad {
  return uprightQuad([(width - 1) / 2, (height - 1) / 2], Math.min(width, height))
}

export function movedQuad(quad: Quad, byX: number, byY: number): Quad {
  return mapped(quad, ([x, y]) => [x + byX, y + byY])
}

/** Larger by `factor`; the fixed place stays where it is. */
export function scaledQuad(quad: Quad, factor: number, [fixedX, fixedY] = centreOf(quad)): Quad {
  return mapped(quad, ([x, y]) => [fixedX + (x - fixedX) * factor, fixedY + (y - fixedY) * factor])
}

/** Turned clockwise around its middle, in radians. */
export function turnedQuad(quad: Quad, angle: number): Quad {
  const [cx, cy] = centreOf(quad)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return mapped(quad, ([x, y]) => [
    cx + (x - cx) * cos - (y - cy) * sin,
    cy + (x - cx) * sin + (y - cy) * cos,
  ])
}

/**
 * A corner, 0..3, dragged towards a place while the one across stays: the quad grows or shrinks along its diagonal,
 * to no less than `least` a side.
 */
export function quadWithCornerAt(quad: Quad, corner: number, [toX, toY]: Point, least: number): Quad {
  const [x, y] = quad[corner]!
  const fixed = quad[(corner + 2) % 4]!
  const [dx, dy] = [x - fixed[0], y - fixed[1]]
  const diagonal = Math.hypot(dx, dy)
  const along = ((toX - fixed[0]) * dx + (toY - fixed[1]) * dy) / diagonal
  return scaledQuad(quad, Math.max(along, least * Math.SQRT2) / diagonal, fixed)
}

/** Where places in the quad, as fractions of its side from its top left corner, lie in the picture: n x (x, y). */
export function pointsOfQuad(fractions: ArrayLike<number>, [[x0, y0], , , [x1, y1]]: Quad): number[] {
  const [ax, ay] = [x1 - x0, y1 - y0]
  return Array.from(fractions, (_, i) => {
    const u = fractions[i - (i % 2)]!
    const v = fractions[i - (i % 2) + 1]!
    return i % 2 === 0 ? x0 + u * ax - v * ay : y0 + u * ay + v * ax
  })
}

/** A middling face looking straight on, as fractions of the FFHQ square that it makes: 68 x (x, y). */
export function neutralPoints(): Float32Array {
  const front = neutralFace.flatMap((point) => point.slice(0, 2))
  return pointsInQuad(front, ffhqQuad(front))
}

function mapped([a, b, c, d]: Quad, place: (point: Point) => Point): Quad {
  return [place(a), place(b), place(c), place(d)]
}

import type { Box, Face } from '../../engine/face/face.ts'
import { ffhqQuad, type Quad } from '../../engine/face/quad.ts'
import type { Alignment, TargetImages } from '../engine/protocol.ts'
import type { Terminal } from './terminal.ts'

/** A thousandth of a pixel is enough for JSON. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}

function pairs(points: ArrayLike<number>): readonly (readonly [number, number])[] {
  return Array.from({ length: points.length / 2 }, (_, i) => [
    rounded(points[2 * i]!),
    rounded(points[2 * i + 1]!),
  ])
}

function quadJson(quad: Quad): readonly (readonly [number, number])[] {
  return pairs(quad.flat())
}

function boxJson({ x, y, width, height }: Box): readonly number[] {
  return [x, y, width, height].map(rounded)
}

/** A face as `detect --json` prints it. */
export function faceJson({ box, score, points }: Face): object {
  return { box: boxJson(box), score: rounded(score), points: pairs(points), quad: quadJson(ffhqQuad(points)) }
}

/** An alignment as `align --json` prints it; box and score are null where the landmarks were given. */
export function alignmentJson({ width, height, faces, face, points, quad }: Alignment): object {
  return {
    width,
    height,
    faces,
    face: face?.number ?? null,
    box: face === undefined ? null : boxJson(face.box),
    score: face === undefined ? null : rounded(face.score),
    points: points === undefined ? null : pairs(points),
    quad: quadJson(quad),
  }
}

/** A face in a list for people. */
export function faceLine({ box, score }: Pick<Face, 'box' | 'score'>, number: number): string {
  const [x, y, width, height] = boxJson(box).map(Math.round)
  return `  ${number}: ${width} x ${height} pixels at (${x}, ${y}), score ${score.toFixed(2)}`
}

/** Says that the largest of several faces was taken, where nobody chose one. */
export function tellChoice(
  terminal: Terminal,
  name: string,
  alignment: Alignment | undefined,
  chosen: boolean,
  flag: string,
): void {
  if (alignment === undefined || alignment.faces < 2 || chosen) return
  terminal.tell(
    `${name} shows ${alignment.faces} faces; the largest is taken. Choose another with ${flag} N.`,
  )
}

/** The same for both pictures of a projection. */
export function tellChoices(
  terminal: Terminal,
  options: {
    readonly look: string
    readonly landmarks: string
    readonly lookFace?: number
    readonly landmarksFace?: number
  },
  { alignments }: TargetImages,
): void {
  const { look, landmarks, lookFace, landmarksFace } = options
  tellChoice(terminal, look, alignments?.look, lookFace !== undefined, '--look-face')
  tellChoice(terminal, landmarks, alignments?.landmarks, landmarksFace !== undefined, '--landmarks-face')
}

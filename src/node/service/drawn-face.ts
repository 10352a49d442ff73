import { wholeQuad } from '../../engine/likeness/portrait.ts'
import { sha256 } from '../sha256.ts'
import type { RememberedFace } from '../worker/likeness-messages.ts'

/**
 * The face in a square that a search has drawn.
 *
 * @param bytes the file of the square
 * @param points 68 x (x, y) as fractions of its side
 */
export function drawnFace(bytes: Uint8Array, side: number, points: ArrayLike<number>): RememberedFace {
  return {
    picture: { name: 'result', sha256: sha256(bytes), bytes },
    quad: wholeQuad(side),
    points: Array.from(points, (fraction) => fraction * side - 0.5),
  }
}

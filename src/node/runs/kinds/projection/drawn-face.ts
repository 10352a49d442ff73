import { wholeQuad } from '../../../../engine/likeness/portrait.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import { sha256 } from '../../../host/sha256.ts'

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

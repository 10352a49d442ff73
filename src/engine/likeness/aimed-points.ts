import { landmarkCount, landmarkGroupOf } from '../face/landmark-groups.ts'
import { leastSquares } from './elimination.ts'
import { innerStart } from './inner-landmarks.ts'

/** The jaw is the look's own by so much: wholly the other's, it is another person's face; wholly its own, it tears. */
const jawShare = 0.5

/**
 * Where a look's landmarks are to go: each group so far towards the other face's as its share says, the jaw half as far,
 * from where the face carries it by itself when the others move.
 *
 * @param look 68 x (x, y), fractions of the aligned square
 * @param other the same, of the other face
 * @param shares for each of the nine groups, 0 stays the look's and 1 goes all the way; more than 1 is for the jaw alone
 */
export function aimedPoints(
  look: ArrayLike<number>,
  other: ArrayLike<number>,
  shares: readonly number[],
): Float32Array {
  const share = (landmark: number) => Math.min(1, shares[landmarkGroupOf(landmark)] ?? 1)
  const aimed = Float32Array.from({ length: 2 * landmarkCount }, (_, i) => {
    const t = share(i >> 1)
    return look[i]! + t * (other[i]! - look[i]!)
  })
  const carry = affineMap(look, aimed)
  const jaw = Math.min(1, jawShare * (shares[0] ?? 1))
  for (let i = 0; i < innerStart; i++) {
    const own = carry(look[2 * i]!, look[2 * i + 1]!)
    for (const axis of [0, 1] as const) {
      aimed[2 * i + axis] = own[axis] + jaw * (other[2 * i + axis]! - own[axis])
    }
  }
  return aimed
}

/**
 * How far each group goes for the weights that a user gives the nine groups: all the way with the weight that the model
 * asks for, and not at all with none.
 */
export function sharesOf(groupWeights: readonly number[], asked: readonly number[]): readonly number[] {
  return groupWeights.map((weight, group) =>
    weight === 0 ? 0 : Math.min(2, weight / (asked[group] || weight)),
  )
}

/** The affine map that brings the inner landmarks nearest to others, by least squares. */
function affineMap(from: ArrayLike<number>, to: ArrayLike<number>) {
  const inner = Array.from({ length: landmarkCount - innerStart }, (_, k) => {
    const [x, y] = [2 * (innerStart + k), 2 * (innerStart + k) + 1]
    return { place: [from[x]!, from[y]!, 1], values: [to[x]!, to[y]!] }
  })
  const factors = leastSquares(inner)
  return (x: number, y: number): readonly [number, number] => [
    x * factors[0]![0]! + y * factors[1]![0]! + factors[2]![0]!,
    x * factors[0]![1]! + y * factors[1]![1]! + factors[2]![1]!,
  ]
}

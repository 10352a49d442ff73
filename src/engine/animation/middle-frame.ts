/**
 * The frame whose landmarks are nearest to the mean of all: no other is far from it, so it is the one to be searched for first.
 *
 * @param targets one at least
 */
export function middleFrame(targets: readonly ArrayLike<number>[]): number {
  const mean = Array.from(targets[0]!, (_, k) =>
    targets.reduce((sum, target) => sum + target[k]! / targets.length, 0),
  )
  const distances = targets.map((target) =>
    mean.reduce((sum, value, k) => sum + (target[k]! - value) ** 2, 0),
  )
  return distances.indexOf(Math.min(...distances))
}

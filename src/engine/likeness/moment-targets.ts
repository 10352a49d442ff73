/** The moments on each side of one that it is averaged with, as a part of all: a search jumps about, a person does not. */
const reach = 1 / 25

/**
 * Where a look's landmarks are to go in each moment of a search. In the first they are its own, in the last those that
 * are aimed at, and between them they go the way that the drawn pictures went, as far as those had come. What a drawing's
 * landmarks are off at the end, as they are read in drawings or since the search misses them, is made up for on the way.
 *
 * @param own 68 x (x, y), fractions of the aligned square
 * @param aim the same, where they go in the last moment
 * @param reached the same, in the drawn picture of each moment
 */
export function momentTargets(
  own: ArrayLike<number>,
  aim: ArrayLike<number>,
  reached: readonly ArrayLike<number>[],
): readonly Float32Array[] {
  const [first, last] = [reached[0]!, reached.at(-1)!]
  const way = Float64Array.from(last, (value, i) => value - first[i]!)
  const length = way.reduce((sum, value) => sum + value * value, 0)
  return reached.map((_, moment) => {
    const points = averageAround(reached, moment)
    const along = points.reduce((sum, value, i) => sum + (value - first[i]!) * way[i]!, 0)
    const done = length === 0 ? 1 : Math.min(1, Math.max(0, along / length))
    return Float32Array.from(own, (value, i) => value + done * (points[i]! + aim[i]! - last[i]! - value))
  })
}

/** The mean of as many moments before as after it, so that the first and the last stay what they are. */
function averageAround(moments: readonly ArrayLike<number>[], moment: number): Float64Array {
  const around = Math.min(Math.round(moments.length * reach), moment, moments.length - 1 - moment)
  const near = moments.slice(moment - around, moment + around + 1)
  return Float64Array.from(
    moments[moment]!,
    (_, i) => near.reduce((sum, points) => sum + points[i]!, 0) / near.length,
  )
}

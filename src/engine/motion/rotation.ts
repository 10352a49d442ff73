/** A rotation of space as a unit quaternion w + xi + yj + zk. Its negative is the same rotation. */
export type Rotation = readonly [w: number, x: number, y: number, z: number]

/** Of a head that looks at the viewer. */
export const facing: Rotation = [1, 0, 0, 0]

/** A matrix by rows. */
export type Matrix3 = readonly [number, number, number, number, number, number, number, number, number]

/** Of length 1. */
export function unitRotation([w, x, y, z]: Rotation): Rotation {
  const length = Math.hypot(w, x, y, z)
  return [w / length, x / length, y / length, z / length]
}

/** The rotation about a vector by its length in radians. */
export function rotationAbout(x: number, y: number, z: number): Rotation {
  const angle = Math.hypot(x, y, z)
  const factor = angle === 0 ? 0.5 : Math.sin(angle / 2) / angle
  return [Math.cos(angle / 2), factor * x, factor * y, factor * z]
}

/** First `b`, then `a`. */
export function composed([aw, ax, ay, az]: Rotation, [bw, bx, by, bz]: Rotation): Rotation {
  return unitRotation([
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ])
}

/** What leads back. */
export function inverse([w, x, y, z]: Rotation): Rotation {
  return [w, -x, -y, -z]
}

/** The mean of one at least, of which none is more than half a turn from the first. */
export function meanRotation(rotations: readonly Rotation[]): Rotation {
  const [[fw, fx, fy, fz]] = rotations as readonly [Rotation, ...Rotation[]]
  let mean: Rotation = [0, 0, 0, 0]
  for (const [w, x, y, z] of rotations) {
    const sign = w * fw + x * fx + y * fy + z * fz < 0 ? -1 : 1
    mean = [mean[0] + sign * w, mean[1] + sign * x, mean[2] + sign * y, mean[3] + sign * z]
  }
  return unitRotation(mean)
}

/** So far from one rotation to another along the shortest way: 0 is `from`, 1 is `to`, more goes beyond it. */
export function between(from: Rotation, to: Rotation, part: number): Rotation {
  const [w, x, y, z] = composed(to, inverse(from))
  const sine = Math.hypot(x, y, z)
  if (sine === 0) return from
  // The shorter of the two ways round.
  const angle = 2 * (w < 0 ? Math.atan2(-sine, -w) : Math.atan2(sine, w))
  const factor = (part * angle) / sine
  return composed(rotationAbout(factor * x, factor * y, factor * z), from)
}

export function matrixOf([w, x, y, z]: Rotation): Matrix3 {
  return [
    1 - 2 * (y * y + z * z),
    2 * (x * y - w * z),
    2 * (x * z + w * y),
    2 * (x * y + w * z),
    1 - 2 * (x * x + z * z),
    2 * (y * z - w * x),
    2 * (x * z - w * y),
    2 * (y * z + w * x),
    1 - 2 * (x * x + y * y),
  ]
}

/** A shape turned, n x (x, y, z). */
export function turned(shape: ArrayLike<number>, rotation: Rotation): Float64Array {
  const [a, b, c, d, e, f, g, h, k] = matrixOf(rotation)
  const result = new Float64Array(shape.length)
  for (let i = 0; i < shape.length; i += 3) {
    const [x, y, z] = [shape[i]!, shape[i + 1]!, shape[i + 2]!]
    result[i] = a * x + b * y + c * z
    result[i + 1] = d * x + e * y + f * z
    result[i + 2] = g * x + h * y + k * z
  }
  return result
}

/** A shape turned back. */
export function turnedBack(shape: ArrayLike<number>, rotation: Rotation): Float64Array {
  return turned(shape, inverse(rotation))
}

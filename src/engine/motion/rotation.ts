/** A rotation of space as a unit quaternion w + xi + yj + zk. Its negative is the same rotation. */
export type Rotation = readonly [w: number, x: number, y: number, z: number]

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

/** So far from one rotation to another along the shortest way: 0 is `from`, 1 is `to`, more goes beyond it. */
export function between(from: Rotation, to: Rotation, part: number): Rotation {
  const [w, x, y, z] = composed(to, [from[0], -from[1], -from[2], -from[3]])
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
export function turnedBack(shape: ArrayLike<number>, [w, x, y, z]: Rotation): Float64Array {
  return turned(shape, [w, -x, -y, -z])
}

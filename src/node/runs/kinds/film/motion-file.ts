import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import type { TimedMotion } from '../../../../engine/motion/motion.ts'
import { type Rotation, unitRotation } from '../../../../engine/motion/rotation.ts'
import { floatTensor } from '../../../../engine/tensor.ts'
import { npzBytes } from '../projection/array-files.ts'
import { readFilmArrays, readTimes, rowsOf, rowTensor, timeArrays } from './film-arrays.ts'

/** Numbers of a residual. */
const shapeLength = 3 * landmarkCount

/** More coefficients than any model of shapes has. */
const mostCoefficients = 1000

/** Rotations are read as quaternions of length 1, to as much as rounding makes of it. */
const rounding = 1e-3

/** A motion as an npz file: numbers that say nothing of what the film looked like. */
export function motionBytes({ motion, ...times }: TimedMotion): Uint8Array {
  const { identity, residual, frames } = motion
  const poses = frames.map(({ pose }) => pose)
  return npzBytes({
    ...timeArrays(times),
    identity: floatTensor([identity.length], Float32Array.from(identity)),
    residual: floatTensor([landmarkCount, 3], Float32Array.from(residual)),
    rotations: rowTensor(
      poses.map(({ rotation }) => rotation),
      4,
    ),
    scales: floatTensor(
      [frames.length],
      Float32Array.from(poses, ({ scale }) => scale),
    ),
    origins: rowTensor(
      poses.map(({ x, y }) => [x, y]),
      2,
    ),
    expressions: rowTensor(
      frames.map(({ expression }) => expression),
      frames[0]!.expression.length,
    ),
    residuals: rowTensor(
      frames.map(({ residual }) => residual),
      landmarkCount,
      3,
    ),
  })
}

/**
 * A motion of a file. Its coefficients are those of the model of shapes that it was made with, of which the file may have
 * another number. Throws MienError 'unreadable-file', 'bad-file' for one that is no motion.
 */
export function readMotion(path: string): Promise<TimedMotion> {
  return readFilmArrays(path, 'a motion', (arrays) => {
    const { read, shapeOf, require } = arrays
    const times = readTimes(arrays)
    const count = times.times.length
    const [identities = 0] = shapeOf('identity')
    const [, expressions = 0] = shapeOf('expressions')
    require(identities <= mostCoefficients, 'identity')
    require(expressions >= 1 && expressions <= mostCoefficients, 'expressions')
    const rotations = rowsOf(read('rotations', 'float32', [count, 4]), 4)
    require(rotations.every((rotation) => Math.abs(Math.hypot(...rotation) - 1) < rounding), 'rotations')
    const scales = read('scales', 'float32', [count])
    require(scales.every((scale) => scale > 0), 'scales')
    const origins = read('origins', 'float32', [count, 2])
    const expression = rowsOf(read('expressions', 'float32', [count, expressions]), expressions)
    const residual = rowsOf(read('residuals', 'float32', [count, landmarkCount, 3]), shapeLength)
    const frames = rotations.map((rotation, i) => ({
      pose: {
        rotation: unitRotation(rotation as unknown as Rotation),
        scale: scales[i]!,
        x: origins[2 * i]!,
        y: origins[2 * i + 1]!,
      },
      expression: expression[i]!,
      residual: residual[i]!,
    }))
    const identity = read('identity', 'float32', [identities])
    return {
      ...times,
      motion: { identity, residual: read('residual', 'float32', [landmarkCount, 3]), frames },
    }
  })
}

import { MienError } from '../../engine/errors.ts'
import { landmarkCount } from '../../engine/face/landmark-groups.ts'
import { bearingOf } from '../../engine/motion/bearing.ts'
import type { TimedMotion } from '../../engine/motion/motion.ts'
import { type Rotation, unitRotation } from '../../engine/motion/rotation.ts'
import { shapeLength } from '../../engine/motion/shape-model.ts'
import { floatTensor } from '../../engine/tensor.ts'
import { npzBytes } from '../host/array-files.ts'
import type { KnownShapeModel } from '../models/shape-model.ts'
import { readFilmArrays, readTimes, rowsOf, rowTensor, timeArrays } from './film-arrays.ts'

/** Rotations are read as quaternions of length 1, to as much as rounding makes of it. */
const rounding = 1e-3

/**
 * A motion as an npz file: numbers that say nothing of what the film looked like.
 *
 * @param shapes the model of shapes that it was fitted by
 */
export function motionBytes(
  { motion, ...times }: TimedMotion,
  shapes: Pick<KnownShapeModel, 'sha256'>,
): Uint8Array {
  const { identity, residual, frames } = motion
  const poses = frames.map(({ pose }) => pose)
  return npzBytes({
    shapes_sha256: { dtype: 'uint8', shape: [32], data: Uint8Array.from(Buffer.from(shapes.sha256, 'hex')) },
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
 * A motion of a file.
 *
 * @param shapes the model of shapes that its coefficients must be of
 * @throws MienError 'unreadable-file', 'bad-file' for one that is no motion, 'mismatch' for one of another model
 */
export function readMotion(path: string, shapes: KnownShapeModel): Promise<TimedMotion> {
  return readFilmArrays(path, 'a motion', (arrays) => {
    const { read, require } = arrays
    const model = Buffer.from(read('shapes_sha256', 'uint8', [32])).toString('hex')
    if (model !== shapes.sha256) throw ofAnotherModel(path)
    const times = readTimes(arrays)
    const count = times.times.length
    const rotations = rowsOf(read('rotations', 'float32', [count, 4]), 4)
    require(rotations.every((rotation) => Math.abs(Math.hypot(...rotation) - 1) < rounding), 'rotations')
    const scales = read('scales', 'float32', [count])
    require(scales.every((scale) => scale > 0), 'scales')
    const origins = read('origins', 'float32', [count, 2])
    const expressions = shapes.expression.length
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
    const face = {
      identity: read('identity', 'float32', [shapes.identity.length]),
      residual: read('residual', 'float32', [landmarkCount, 3]),
      frames,
    }
    return { ...times, motion: { ...face, bearing: bearingOf(shapes, face) } }
  })
}

function ofAnotherModel(path: string): MienError {
  return new MienError('mismatch', `${path} was made with another model of faces' shapes than this Mien's.`, {
    file: path,
    hint: 'Have the clip followed again, or open the motion with the Mien that made it.',
  })
}

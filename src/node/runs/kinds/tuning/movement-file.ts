import { MienError } from '../../../../engine/errors.ts'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import type { Movement } from '../../../../engine/projection/movement.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import { npzBytes, readArrays } from '../../../host/array-files.ts'

/** How a face moves, as an npz file. */
export function movementBytes(movement: Movement): Uint8Array {
  return npzBytes({ ...movement })
}

/** Throws MienError 'unreadable-file', 'bad-file' for arrays that do not belong together. */
export async function readMovement(path: string): Promise<Movement> {
  const arrays = await readArrays(path)
  const array = (name: string): FloatTensor => arrays[name] ?? refuse(path, name)
  const movement: Movement = {
    ...{ own: array('own'), found: array('found') },
    ...{ ownPoints: array('ownPoints'), foundPoints: array('foundPoints') },
    ...{ directions: array('directions'), response: array('response') },
  }
  const { own, directions } = movement
  const [batch, , wDim] = own.shape
  const [count] = directions.shape
  const points = [2 * landmarkCount]
  const shapes: Readonly<Record<keyof Movement, readonly (number | undefined)[]>> = {
    ...{ own: own.shape, found: own.shape, ownPoints: points, foundPoints: points },
    ...{ directions: [count, wDim], response: [count, 2 * landmarkCount] },
  }
  for (const [name, shape] of Object.entries(shapes)) {
    const isWhole = own.shape.length === 3 && batch === 1
    if (!isWhole || movement[name as keyof Movement].shape.join() !== shape.join()) refuse(path, name)
  }
  return movement
}

function refuse(path: string, name: string): never {
  throw new MienError('bad-file', `${path} does not say how a face moves: "${name}" is missing or wrong.`, {
    file: path,
    name,
    hint: 'Teach the generator the face again.',
  })
}

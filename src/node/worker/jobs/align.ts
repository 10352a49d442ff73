import { MienError } from '../../../engine/errors.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { decodeTargets, squareOf } from '../pictures.ts'

/** The square of a face as FFHQ has it. */
export async function align(
  { picture, size }: Jobs['align']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['align']['outcome']> {
  const [target] = await decodeTargets([picture], events)
  if (target?.alignment === undefined) {
    throw new MienError('wrong-use', 'This picture was to stay as it is, so there is nothing to align.')
  }
  return { image: squareOf(target, size), alignment: target.alignment }
}

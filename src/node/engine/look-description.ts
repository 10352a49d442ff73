import { landmarkGroups } from '../../engine/face/landmark-groups.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { LikenessParameters, RememberedFace } from './likeness-messages.ts'

/** The side in which it is told whether a look is a drawing, in pixels. */
const describedSide = 256

/** A `likeness` that moves nothing: its outcome says whether the look is one that the pack drew. */
export function lookDescription(look: RememberedFace): LikenessParameters {
  return {
    ...{ look, target: [...pointsInQuad(look.points, look.quad)], shares: landmarkGroups.map(() => 1) },
    ...{ mouths: [], form: 'square', size: describedSide, encoding: { format: 'jpeg' }, judge: false },
  }
}

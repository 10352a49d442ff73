import type { Portrait } from '../../engine/likeness/portrait.ts'
import type { PartSources } from '../../engine/likeness/warped-photograph.ts'
import type { LikenessFaces, RememberedFace } from '../engine/likeness-messages.ts'
import { heldPicture } from './held-pictures.ts'
import { squarePortrait } from './square-portrait.ts'

/** The look of a photograph and where its parts come from, as squares. The pictures come with their bytes. */
export async function photographPortraits(
  { look, mouths, eyes }: Pick<LikenessFaces, 'look' | 'mouths' | 'eyes'>,
  side: number,
): Promise<{ readonly own: Portrait; readonly sources: PartSources }> {
  const portrait = async (face: RememberedFace) => {
    const image = await heldPicture(face.picture)
    if (image === undefined) throw new Error('a picture of the photograph came without its bytes')
    return squarePortrait(face, image, side)
  }
  return {
    own: await portrait(look),
    sources: {
      mouths: await Promise.all(mouths.map(portrait)),
      ...(eyes === undefined ? {} : { eyes: await portrait(eyes) }),
    },
  }
}

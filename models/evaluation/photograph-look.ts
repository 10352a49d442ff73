import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import type { TargetLook } from '../../src/engine/motion/film-targets.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'

/** The largest face of a photograph: its square as a picture of its own, and where it was. */
export interface PhotographLook {
  readonly look: Portrait
  readonly found: TargetLook
}

/** @param side pixels of the square */
export async function photographLooks(
  photographs: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  side: number,
): Promise<readonly PhotographLook[]> {
  const search = await openFaceSearch()
  const looks: PhotographLook[] = []
  for (const { name, bytes } of photographs) {
    const { points } = (await search.find({ name, bytes })).faces[0]!
    const quad = ffhqQuad(points)
    const image = alignedImage(await sharpCodec.decode(bytes, name), quad, side, 2)
    looks.push({
      look: { image, quad: wholeQuad(side), points: pointsInQuad(points, quad) },
      found: { points, quad },
    })
  }
  await search.dispose()
  return looks
}

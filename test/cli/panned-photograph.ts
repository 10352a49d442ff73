import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import { photographs } from '../golden/face-api.ts'

/** Of the frames, in pixels. */
export const pannedSize = { width: 480, height: 360 }

/** Frames of a camera that pans over a face, RGB in rows. */
export async function pannedPhotograph(count: number): Promise<readonly Uint8Array[]> {
  const photo = await sharp(readFileSync(photographs[5]!)).resize(640, 480, { fit: 'cover' }).toBuffer()
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const view = sharp(photo).extract({ left: 60 + 2 * i, top: 60, ...pannedSize })
      return new Uint8Array(await view.removeAlpha().raw().toBuffer())
    }),
  )
}

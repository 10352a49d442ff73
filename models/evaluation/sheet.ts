import { writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { blankImage, paste } from '../../src/engine/picture/drawing.ts'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { Image } from '../../src/engine/runtime.ts'

/** Width and height of a picture on a sheet. */
export const side = 160

/** Puts pictures in that size at their places and writes the sheet as WebP. */
export async function writePictures(
  file: string,
  width: number,
  height: number,
  pictures: readonly { readonly image: Image; readonly left: number; readonly top: number }[],
): Promise<void> {
  const sheet = blankImage(width, height, [24, 24, 27])
  for (const { image, left, top } of pictures) paste(sheet, resizeLanczos(image, side, side), left, top)
  const raw = { width, height, channels: 3 } as const
  await writeFile(file, await sharp(sheet.data, { raw }).webp({ quality: 90 }).toBuffer())
}

import { basename, join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Clip, ClipFacts } from '../../shared/clip.ts'
import { filesInFolder, readWholeFile } from '../host/files.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'

/** Pictures in a folder have no times of their own. */
const framesPerSecond = 30

/** Also of kinds that are refused, with advice then, rather than left out. */
const pictureNames = /^[^.].*\.(jpe?g|png|webp|gif|tiff?|avif|heic|bmp)$/i

/** Compressed pictures beyond this are no photographs. */
export const largestPicture = 512 * 2 ** 20

/** The pictures of a folder as a clip, in the order in which people number them: 2 before 10. Throws MienError. */
export async function openPictureFolder(path: string): Promise<Clip> {
  const names = (await filesInFolder(path)).filter((name) => pictureNames.test(name))
  if (names.length === 0) {
    throw new MienError('bad-file', `The folder ${path} holds no picture.`, {
      file: path,
      hint: 'Name a folder with the frames as pictures in it, or a video.',
    })
  }
  const { compare } = new Intl.Collator('en', { numeric: true })
  return pictureClip(
    basename(resolve(path)),
    names.sort(compare).map((name) => join(path, name)),
  )
}

/** Pictures of one size as a clip. Throws MienError. */
export async function pictureClip(name: string, paths: readonly string[]): Promise<Clip> {
  const read = (path: string) => readWholeFile(path, largestPicture)
  const { width, height } = await sharpCodec.measure(await read(paths[0]!), basename(paths[0]!))
  const times = paths.map((_, index) => index)
  const facts: ClipFacts = {
    codec: 'pictures',
    ...{ width, height, rotation: 0, timescale: framesPerSecond },
    ...{ times, duration: times.length, missing: 0 },
  }
  return {
    name,
    facts,
    async *frames(from = 0, to = times.length) {
      for (let index = from; index < to; index++) {
        const name = basename(paths[index]!)
        const image = await sharpCodec.decode(await read(paths[index]!), name)
        if (image.width !== width || image.height !== height) {
          throw new MienError(
            'bad-image',
            `${name} has ${image.width} x ${image.height} pixels; the first picture of the folder has ${width} x ${height}.`,
            {
              file: name,
              hint: 'Bring all pictures to one size, or take out those that do not belong to the clip.',
            },
          )
        }
        yield { index, time: index, image }
      }
    },
  }
}

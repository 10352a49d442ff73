import { basename, join, resolve } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import type { Clip, ClipFacts } from '../../shared/clip.ts'
import { type PictureTimes, pictureTimes, timesFile } from '../../shared/picture-times.ts'
import { filesInFolder, readTextIfAny, readWholeFile } from '../host/files.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'

/** Of pictures without times of their own. */
const framesPerSecond = 30

/** Also of kinds that are refused, with advice then, rather than left out. */
const pictureNames = /^[^.].*\.(jpe?g|png|webp|gif|tiff?|avif|heic|bmp)$/i

/** Compressed pictures beyond this are no photographs. */
export const largestPicture = 512 * 2 ** 20

/**
 * The pictures of a folder as a clip, in the order in which people number them: 2 before 10; with the times that a film has
 * left beside them. Throws MienError.
 */
export async function openPictureFolder(path: string): Promise<Clip> {
  const names = (await filesInFolder(path)).filter((name) => pictureNames.test(name))
  if (names.length === 0) {
    throw new MienError('bad-file', `The folder ${path} holds no picture.`, {
      file: path,
      hint: 'Name a folder with the frames as pictures in it, or a video.',
    })
  }
  const { compare } = new Intl.Collator('en', { numeric: true })
  const paths = names.sort(compare).map((name) => join(path, name))
  return pictureClip(basename(resolve(path)), paths, await timesIn(path, paths.length))
}

/** Undefined where the folder tells of none. */
async function timesIn(folder: string, pictures: number): Promise<PictureTimes | undefined> {
  const file = join(folder, timesFile)
  const text = await readTextIfAny(file)
  if (text === undefined) return undefined
  const refusal = (what: string) =>
    new MienError('bad-file', `The ${timesFile} beside the pictures ${what}.`, {
      file,
      hint: `Take it out of the folder: each picture is shown for a ${framesPerSecond}th of a second then.`,
    })
  const told = v.safeParse(v.pipe(v.string(), v.parseJson(), pictureTimes), text)
  if (!told.success) throw refusal('does not say when each is shown')
  const { times } = told.output
  if (times.length !== pictures) throw refusal(`tells of ${times.length}, and there are ${pictures}`)
  return told.output
}

/** Pictures of one size as a clip, at an even rate where no times are given. Throws MienError. */
export async function pictureClip(name: string, paths: readonly string[], own?: PictureTimes): Promise<Clip> {
  const read = (path: string) => readWholeFile(path, largestPicture)
  const { width, height } = await sharpCodec.measure(await read(paths[0]!), basename(paths[0]!))
  const { timescale, times, duration } = own ?? {
    ...{ timescale: framesPerSecond, times: paths.map((_, index) => index), duration: paths.length },
  }
  const facts: ClipFacts = {
    codec: 'pictures',
    ...{ width, height, rotation: 0, timescale, times, duration, missing: 0 },
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
        yield { index, time: times[index]!, image }
      }
    },
  }
}

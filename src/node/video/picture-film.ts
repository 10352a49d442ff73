import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { type PictureTimes, timesFile } from '../../shared/picture-times.ts'
import {
  exists,
  makeFolder,
  removeFolder,
  renameFolder,
  temporaryName,
  writeFileAtomic,
} from '../host/files.ts'
import { encodePicture } from '../runtime/sharp-codec.ts'
import type { FilmPlan, FilmWriter } from './film-writer.ts'

/** Of frames' numbers, so that other programs sort them by their names. */
const digits = 5

/**
 * Begins a folder with the frames as PNGs in it, and when each of them is shown in `times.json`. The folder must not be there yet. Throws MienError 'unwritable'.
 */
export async function openPictureFilm(
  path: string,
  { timescale, xmp, sound }: FilmPlan,
): Promise<FilmWriter> {
  if (await exists(path)) {
    throw new MienError('unwritable', `${path} is there already.`, {
      file: path,
      hint: 'Choose another name for the folder of the frames.',
    })
  }
  const building = temporaryName(path)
  await makeFolder(building)
  const times: number[] = []
  let duration = 0
  return {
    notices: sound === undefined ? [] : ['A folder of pictures has no sound.'],
    async add(image, time, length) {
      times.push(time)
      duration = time + length
      const name = `frame${String(times.length).padStart(digits, '0')}.png`
      const encoding = { format: 'png', ...(xmp !== undefined && { xmp }) } as const
      await writeFileAtomic(join(building, name), await encodePicture(image, encoding))
    },
    async finish() {
      const [start] = times
      if (start === undefined) throw new MienError('wrong-use', 'A film needs a frame.')
      const told: PictureTimes = {
        timescale,
        times: times.map((time) => time - start),
        duration: duration - start,
      }
      await writeFileAtomic(join(building, timesFile), `${JSON.stringify(told)}\n`)
      await renameFolder(building, path)
    },
    abandon: () => removeFolder(building),
  }
}

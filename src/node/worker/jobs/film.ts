import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { MienError } from '../../../engine/errors.ts'
import { contactSheet } from '../../../engine/picture/contact-sheet.ts'
import type { Image } from '../../../engine/runtime.ts'
import { largestFile } from '../../../shared/fields.ts'
import type { FilmParameters, MarkedSquare } from '../../engine/film-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { readWholeFile, removeFolder } from '../../host/files.ts'
import { makeTemporaryFolder } from '../../host/temporary-folder.ts'
import { encodePicture, sharpCodec } from '../../runtime/sharp-codec.ts'
import { filmRow, paceOf, restSeconds } from '../../video/film.ts'
import { type FilmPlan, openFilmWriter } from '../../video/film-writer.ts'
import type { MarkedPicture } from '../../video/panels.ts'
import { filmPhotographs } from '../film-photographs.ts'
import type { JobControl } from '../job-control.ts'

/** The two pictures and the moments stand in rows of four. */
const sheetColumns = 4

/**
 * The way of a search as a film or on one sheet. Throws MienError 'bad-image' for a picture that is damaged, 'stopped'
 * where it was stopped.
 */
export async function film(
  parameters: FilmParameters,
  events: Pick<Required<JobEvents>, 'portion'>,
  control: Pick<JobControl, 'shouldStop'>,
): Promise<Jobs['film']['outcome']> {
  const { look, landmarks, photograph, form, xmp } = parameters
  const photographs = photograph && (await filmPhotographs(photograph, parameters.frames))
  const frames = photographs?.frames ?? parameters.frames

  async function* moments(): AsyncGenerator<Moment> {
    for (const [i, frame] of frames.entries()) {
      const photo = photographs && [photographs.at(i)]
      const drawn = photo === undefined || photograph?.beside ? [await decoded(frame)] : []
      yield { step: frame.step, pictures: [...drawn, ...(photo ?? [])] }
      events.portion((i + 1) / frames.length)
      // That it is to stop is heard between two turns of the loop only.
      await setImmediate()
      if (control.shouldStop()) throw new MienError('stopped', 'The film was stopped before it was done.')
    }
  }

  const targets = {
    look: photographs?.look ?? (await decoded(look)).image,
    landmarks: await decoded(landmarks),
  }
  const file =
    form === 'sheet'
      ? await sheet(targets, moments(), xmp)
      : await video(targets, moments(), frames.length, { format: form, xmp })
  return { file }
}

interface Moment {
  readonly step: number
  /** What was drawn, or the photograph, or both. */
  readonly pictures: readonly MarkedPicture[]
}

interface Targets {
  readonly look: Image
  readonly landmarks: MarkedPicture
}

/** A video is written as a file, since it can be larger than what is held of it while it grows. */
async function video(
  targets: Targets,
  moments: AsyncIterable<Moment>,
  count: number,
  plan: Pick<FilmPlan, 'format' | 'xmp'>,
): Promise<Uint8Array> {
  const row = filmRow(targets.look, targets.landmarks)
  const timescale = paceOf(count)
  const folder = await makeTemporaryFolder('film')
  try {
    const path = join(folder, 'film')
    const film = await openFilmWriter(path, { ...plan, ...row.size, timescale })
    try {
      let time = 0
      let last: Image | undefined
      for await (const { pictures } of moments) {
        const [first, photograph] = pictures
        last =
          photograph === undefined
            ? row.with({ image: first!.image }, first!)
            : row.with(first!, { image: photograph.image })
        await film.add(last, time++, 1)
      }
      for (let i = 0; last !== undefined && i < restSeconds * timescale; i++) await film.add(last, time++, 1)
      await film.finish()
    } catch (error) {
      await film.abandon()
      throw error
    }
    return await readWholeFile(path, largestFile)
  } finally {
    await removeFolder(folder)
  }
}

async function sheet(
  { look, landmarks }: Targets,
  moments: AsyncIterable<Moment>,
  xmp: string | undefined,
): Promise<Uint8Array> {
  const panels = [
    { label: 'look', image: look },
    { label: 'landmarks', image: landmarks.image },
  ]
  for await (const { step, pictures } of moments) {
    pictures.forEach(({ image }, i) => {
      panels.push({ label: i === 0 ? `step ${step}` : 'photograph', image })
    })
  }
  return encodePicture(contactSheet(panels, sheetColumns), {
    format: 'png',
    ...(xmp !== undefined && { xmp }),
  })
}

/** The picture with its points in its own pixels. */
async function decoded({ bytes, points }: MarkedSquare): Promise<MarkedPicture> {
  const image = await sharpCodec.decode(bytes, 'a picture of the run')
  if (points === null) return { image }
  return { image, points: Float32Array.from(points, (fraction) => fraction * image.width) }
}

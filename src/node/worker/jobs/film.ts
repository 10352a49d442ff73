import { setImmediate } from 'node:timers/promises'
import { MienError } from '../../../engine/errors.ts'
import { contactSheet } from '../../../engine/picture/contact-sheet.ts'
import type { Image } from '../../../engine/runtime.ts'
import type { FilmParameters, MarkedSquare } from '../../engine/film-messages.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { encodePicture, sharpCodec } from '../../runtime/sharp-codec.ts'
import { openFilm, paceOf } from '../../video/film.ts'
import { mp4WithXmp } from '../../video/mp4-xmp.ts'
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
    form === 'mp4'
      ? await video(targets, moments(), frames.length, xmp)
      : await sheet(targets, moments(), xmp)
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

async function video(
  { look, landmarks }: Targets,
  moments: AsyncIterable<Moment>,
  count: number,
  xmp: string | undefined,
): Promise<Uint8Array> {
  const recorder = await openFilm(look, landmarks, paceOf(count))
  try {
    for await (const { pictures } of moments) {
      const [first, photograph] = pictures
      if (photograph === undefined) recorder.add({ image: first!.image }, first!)
      else recorder.add(first!, { image: photograph.image })
    }
  } catch (error) {
    recorder.abandon()
    throw error
  }
  const mp4 = recorder.finish()
  return xmp === undefined ? mp4 : mp4WithXmp(mp4, xmp)
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

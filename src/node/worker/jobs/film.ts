import { contactSheet } from '../../../engine/picture/contact-sheet.ts'
import type { Image } from '../../../engine/runtime.ts'
import { encodePicture, sharpCodec } from '../../runtime/sharp-codec.ts'
import { openFilm, paceOf } from '../../video/film.ts'
import type { FilmParameters, JobEvents, Jobs, MarkedSquare } from '../protocol.ts'

/** The two pictures and the moments stand in rows of four. */
const sheetColumns = 4

/** The way of a search as a film or on one sheet. Throws MienError 'bad-image' for a picture that is damaged. */
export async function film(
  parameters: FilmParameters,
  events: Required<JobEvents>,
): Promise<Jobs['film']['outcome']> {
  return { file: parameters.form === 'mp4' ? await video(parameters, events) : await sheet(parameters) }
}

async function video({ look, landmarks, frames }: FilmParameters, events: Required<JobEvents>) {
  const marked = await decoded(landmarks)
  const targets = {
    look: (await decoded(look)).image,
    landmarks: marked.image,
    landmarkPoints: marked.points,
  }
  const recorder = await openFilm(targets, paceOf(frames.length))
  for (const [i, frame] of frames.entries()) {
    const { image, points } = await decoded(frame)
    recorder.add(image, points)
    events.portion((i + 1) / frames.length)
  }
  return recorder.finish()
}

async function sheet({ look, landmarks, frames }: FilmParameters) {
  const panels = [
    { label: 'look', image: (await decoded(look)).image },
    { label: 'landmarks', image: (await decoded(landmarks)).image },
  ]
  for (const frame of frames) {
    panels.push({ label: `step ${frame.step}`, image: (await decoded(frame)).image })
  }
  return encodePicture(contactSheet(panels, sheetColumns), { format: 'png' })
}

/** The picture with its points in its own pixels. */
async function decoded({ bytes, points }: MarkedSquare): Promise<{ image: Image; points?: Float32Array }> {
  const image = await sharpCodec.decode(bytes, 'a picture of the run')
  if (points === null) return { image }
  return { image, points: Float32Array.from(points, (fraction) => fraction * image.width) }
}

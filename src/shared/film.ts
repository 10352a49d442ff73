import * as v from 'valibot'
import { bytes, id } from './fields.ts'
import { filmSettings, frameRange, usualFilmSettings } from './film-settings.ts'
import { likenessForm, likenessWarnings } from './likeness.ts'
import { modelChoice, type ResultKind, type Setup, searchSettings } from './setup.ts'

/** What a film is made of: a picture of the project, a driver of it, and how the one follows the other. */
export const filmOrder = v.strictObject({
  look: id,
  driver: id,
  film: filmSettings,
  /** By what it is drawn and how it is searched; absent for one of a photograph. */
  drawn: v.exactOptional(v.strictObject({ models: modelChoice, settings: searchSettings })),
})
export type FilmOrder = v.InferOutput<typeof filmOrder>

/** The film that a setup asks for; null without a look or a driver. */
export function filmOrderOf(
  { look, driver, film = usualFilmSettings, models, settings }: Setup,
  way: ResultKind,
): FilmOrder | null {
  if (look === null || driver === undefined) return null
  return { look, driver, film, ...(way === 'drawn' && { drawn: { models, settings } }) }
}

/** A frame of a film. */
export const filmFrame = v.strictObject({
  /** Encoded. */
  image: bytes,
  warnings: v.array(v.picklist(likenessWarnings)),
})
export type FilmFrame = v.InferOutput<typeof filmFrame>

/** What was found so far for a film that is drawn. */
export const filmSearch = v.strictObject({
  /** The run that searches for it. */
  run: id,
  /** Whether its frames can be looked at: those that are not searched yet are drawn from where their search begins. */
  ready: v.boolean(),
  /**
   * Float32, little-endian, one a frame: how far its landmarks are from their targets, in distances of the eyes; NaN where it is not
   * found as it is to be now.
   */
  errors: bytes,
  /** The same numbers: by how many steps each frame was searched last; 0 where it is not found. */
  steps: bytes,
})
export type FilmSearch = v.InferOutput<typeof filmSearch>

/** What a film becomes: a video, an animated picture, or pictures of their own. */
export const filmFormats = ['mp4', 'webm', 'gif', 'webp', 'png'] as const
export type FilmFormat = (typeof filmFormats)[number]

/** Whether films of a format can have sound. */
export function hasSound(format: FilmFormat): boolean {
  return format === 'mp4' || format === 'webm'
}

/** Pixels of a square's side, or of the whole photograph's longer one at most. */
export const filmSides = [256, 512, 1024, 2048] as const
export type FilmSide = (typeof filmSides)[number]

/** Formats that hold so many pixels in all and no more. */
export const boundedFormats = ['gif', 'webp'] as const
export type BoundedFormat = (typeof boundedFormats)[number]

/** In which size a film fits into such a format: as it is asked for, in a smaller one, or in none. */
export const filmFit = v.picklist(['asked', ...filmSides, 'none'])
export type FilmFit = v.InferOutput<typeof filmFit>

/** How many frames of a steady film are shown in a second. */
export const framesPerSecond = v.pipe(v.number(), v.minValue(1), v.maxValue(120))

/** What a film that is taken out shows, and how large. */
export const filmView = v.strictObject({
  form: likenessForm,
  /** As the photograph has it if absent. */
  side: v.exactOptional(v.picklist(filmSides)),
  /** The frames from the first to before the second; all if absent. */
  range: v.exactOptional(frameRange),
  /** Whether its end fades into its beginning, so that it can be played round and round. */
  loop: v.boolean(),
  /** Frames a second; at the driver's own times if absent. */
  rate: v.exactOptional(framesPerSecond),
  /** Whether look and driver are shown beside it, the driver with its landmarks. Squares only. */
  beside: v.boolean(),
})
export type FilmView = v.InferOutput<typeof filmView>

/** How a film is taken out. */
export const filmExport = v.strictObject({
  /** `png` is a zip of pictures, one a frame, with the times of all. */
  format: v.picklist(filmFormats),
  ...filmView.entries,
  /** Whether the clip's sound is copied into it, if there is any and the format can hold it. */
  sound: v.boolean(),
  /** An upload of the clip, from which the sound is taken where the project did not keep it. */
  clip: v.exactOptional(id),
  /** Whether its metadata tell how it was made. */
  settings: v.boolean(),
  /** Whether its metadata say that it is not as a camera took it. */
  altered: v.boolean(),
})
export type FilmExport = v.InferOutput<typeof filmExport>

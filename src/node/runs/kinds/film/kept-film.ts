import * as v from 'valibot'
import { count } from '../../../../engine/fields.ts'
import { projectionSettings } from '../../../../engine/projection/settings.ts'
import { filmFormats, filmSides, framesPerSecond } from '../../../../shared/film.ts'
import { filmSettings } from '../../../../shared/film-settings.ts'
import { secondsRange } from '../../../drivers/driver-files.ts'
import { keptModelFiles } from '../../../models/files.ts'
import { keptFace } from '../tuning/lesson.ts'

/** A photograph that is warped frame by frame, or what the generator draws of a latent for each. */
export const filmWays = ['photograph', 'drawn'] as const

const text = v.pipe(v.string(), v.nonEmpty())

/** What a film is asked for, as a record keeps it. */
export const keptFilm = v.object({
  look: keptFace,
  driver: v.object({
    /** Of a clip, a folder of pictures, the folder of a driver, or a motion; the run's own folder has what was made of it. */
    path: text,
    /** Which face of a clip is followed, by its number in the order of size, from 1. */
    face: v.pipe(count, v.minValue(1)),
    /** From what to what second it is taken; null for all, or up to the end. */
    range: v.nullable(secondsRange),
  }),
  settings: filmSettings,
  /** Whether its end fades into its beginning. */
  loop: v.boolean(),
  way: v.picklist(filmWays),
  /** Frames that are searched before the others, from the one to before the other. */
  passage: v.exactOptional(v.pipe(v.tuple([count, count]), v.readonly())),
  /** By how many steps the frames of the passage are searched again, where they are. */
  again: v.exactOptional(count),
  /** What is written of it; nothing where it is taken out of the window. */
  video: v.exactOptional(
    v.object({
      path: text,
      format: v.picklist(filmFormats),
      /** Whether the sound of the clip is copied. */
      sound: v.boolean(),
      /** Whether look and driver stand beside the result. */
      beside: v.boolean(),
      /** Frames a second; at the driver's own times if absent. */
      rate: v.exactOptional(framesPerSecond),
      /** Pixels of its longer side, of a photograph at most; side by side those of each square. As usual if absent. */
      size: v.exactOptional(v.pipe(count, v.minValue(filmSides[0]), v.maxValue(filmSides.at(-1)!))),
    }),
  ),
  /** Of a film that is drawn. */
  search: v.exactOptional(
    v.object({
      /** Of the first frame. */
      settings: projectionSettings,
      /** Of each other frame. */
      steps: count,
      /** Whether each frame is searched from the one before, as the reference does it. */
      reference: v.exactOptional(v.boolean()),
      files: keptModelFiles,
      threads: v.exactOptional(count),
    }),
  ),
})
export type KeptFilm = Readonly<v.InferOutput<typeof keptFilm>>

/** What is written of a film. */
export type FilmVideo = NonNullable<KeptFilm['video']>

/** A film of which something is written. */
export type WrittenFilm = KeptFilm & { readonly video: FilmVideo }

import * as v from 'valibot'
import { bytes, count, id } from './fields.ts'
import { likenessForm, likenessOrder } from './likeness.ts'

export const pictureFormats = ['png', 'jpeg', 'webp', 'tiff'] as const
/** Pixels of a side in which a picture can be taken out, whatever its own. */
export const pictureSides = [512, 1024, 2048] as const
/** Of JPEG and WebP. */
export const usualQuality = 95
/** Of JPEG and WebP; the usual one if absent. */
export const quality = v.pipe(count, v.minValue(1), v.maxValue(100))
export const latentFormats = ['npz', 'npy', 'safetensors'] as const
/**
 * Of a generator that was tuned: whole, for Mien and others; as a state dict, for NVIDIA's scripts; or what is different in it
 * from the generator that it was before.
 */
export const generatorFormats = ['safetensors', 'pt', 'difference'] as const
export type GeneratorFormat = (typeof generatorFormats)[number]

/** Of a tuning: its face, moved to where the landmarks of this photograph go; as it was taught if absent. */
const moved = v.exactOptional(likenessOrder)

/** The way of a search: as a video, or some of its pictures on one sheet. */
export const wayFormats = ['mp4', 'webm', 'sheet'] as const
export type WayFormat = (typeof wayFormats)[number]

/** What can be taken out of a run. */
export const runExport = v.variant('what', [
  v.strictObject({
    what: v.literal('picture'),
    format: v.picklist(pictureFormats),
    /** The generator's if absent; enlarged where it is more than that. */
    side: v.exactOptional(v.picklist(pictureSides)),
    quality: v.exactOptional(quality),
    /** Whether its metadata tell how it was made. */
    settings: v.boolean(),
    moved,
  }),
  v.strictObject({ what: v.literal('latent'), format: v.picklist(latentFormats), moved }),
  /** Of a tuning; as safetensors if absent. */
  v.strictObject({
    what: v.literal('generator'),
    format: v.exactOptional(v.picklist(generatorFormats)),
  }),
  /** The folder of files that the reference writes, as a zip. */
  v.strictObject({ what: v.literal('reference') }),
  /** The way of the search: a film, or its pictures on one sheet. */
  v.strictObject({
    what: v.literal('film'),
    format: v.picklist(wayFormats),
    /** The photograph on this way, in place of what was drawn or beside it. */
    photograph: v.exactOptional(
      v.strictObject({
        order: likenessOrder,
        beside: v.boolean(),
        /** Whether its metadata tell how it was made, and that it is not as a camera took it. */
        settings: v.boolean(),
        altered: v.boolean(),
      }),
    ),
  }),
])
export type RunExport = v.InferOutput<typeof runExport>

/** The most runs that are started in one gesture. */
export const mostInBatch = 200

/** Several runs as one: a zip of their pictures and latents, or one picture with all of them. */
export const togetherExport = v.strictObject({
  what: v.picklist(['folder', 'sheet']),
  runs: v.pipe(
    v.array(
      v.strictObject({
        run: id,
        /** The photograph that stands in the result's place; null where the result is what was drawn. */
        photograph: v.nullable(likenessOrder),
      }),
    ),
    v.minLength(1),
    v.maxLength(mostInBatch),
  ),
  /** Whether the metadata of photographs tell how they were made, and that they are not as a camera took them. */
  settings: v.boolean(),
  altered: v.boolean(),
})
export type TogetherExport = v.InferOutput<typeof togetherExport>

/** How a warped photograph is taken out. */
export const likenessExport = v.strictObject({
  form: likenessForm,
  format: v.picklist(pictureFormats),
  /**
   * Of the square, enlarged where the photograph has less; of the whole, its longer side at most. As the photograph has it
   * if absent.
   */
  side: v.exactOptional(v.picklist(pictureSides)),
  quality: v.exactOptional(quality),
  /** Whether its metadata tell how it was made. */
  settings: v.boolean(),
  /** Whether its metadata say that it is not as a camera took it. */
  altered: v.boolean(),
})
export type LikenessExport = v.InferOutput<typeof likenessExport>

/** A file to be saved where the user wants it. */
export const exportedFile = v.strictObject({
  /** A plain file name. */
  name: v.string(),
  /** Its media type. */
  type: v.string(),
  bytes,
})
export type ExportedFile = v.InferOutput<typeof exportedFile>

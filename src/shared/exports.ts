import * as v from 'valibot'
import { bytes } from './fields.ts'

export const pictureFormats = ['png', 'jpeg', 'webp', 'tiff'] as const
export const latentFormats = ['npz', 'npy', 'safetensors'] as const

/** What can be taken out of a run. */
export const runExport = v.variant('what', [
  /** The result at the generator's size. */
  v.strictObject({
    what: v.literal('picture'),
    format: v.picklist(pictureFormats),
    /** Whether its metadata tell how it was made. */
    settings: v.boolean(),
  }),
  v.strictObject({ what: v.literal('latent'), format: v.picklist(latentFormats) }),
  /** The folder of files that the reference writes, as a zip. */
  v.strictObject({ what: v.literal('reference') }),
  /** The way of the search: a film, or its pictures on one sheet. */
  v.strictObject({ what: v.literal('film'), format: v.picklist(['mp4', 'sheet']) }),
])
export type RunExport = v.InferOutput<typeof runExport>

/** A file to be saved where the user wants it. */
export const exportedFile = v.strictObject({
  /** A plain file name. */
  name: v.string(),
  /** Its media type. */
  type: v.string(),
  bytes,
})
export type ExportedFile = v.InferOutput<typeof exportedFile>

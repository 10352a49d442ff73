import * as v from 'valibot'
import { sha256 } from '../../engine/fields.ts'
import { modelParts } from '../../shared/settings.ts'

const text = v.pipe(v.string(), v.nonEmpty())

/** A file with weights. */
const modelFile = v.object({
  path: text,
  /** Of the installed model that it belongs to. */
  id: v.exactOptional(text),
  /** Where it is known, another hash is refused before the file is parsed. */
  sha256: v.exactOptional(sha256),
  /** Constructor arguments of the network, where the file does not keep them itself. */
  init: v.exactOptional(v.record(v.string(), v.unknown())),
})
export type ModelFile = Readonly<v.InferOutput<typeof modelFile>>

const files = v.pipe(v.array(modelFile), v.readonly())

/**
 * The files of each network of a run: one, or two for a perceptual network in parts. The discriminator, where it is a
 * term, is looked for in the generator's file if it has none of its own.
 */
export const modelFiles = v.object({
  ...v.entriesFromList(modelParts, files),
  discriminator: v.exactOptional(files),
})
export type ModelFiles = Readonly<v.InferOutput<typeof modelFiles>>

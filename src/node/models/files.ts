import { resolve } from 'node:path'
import * as v from 'valibot'
import { count, sha256 } from '../../engine/fields.ts'
import { modelParts } from '../../shared/settings.ts'

const text = v.pipe(v.string(), v.nonEmpty())

/** A file with weights. */
export interface ModelFile {
  readonly path: string
  /** Of the installed model that it belongs to. */
  readonly id?: string
  /** Where it is known, another hash is refused before the file is parsed. */
  readonly sha256?: string
  /** Constructor arguments of the network, where the file does not keep them itself. */
  readonly init?: Readonly<Record<string, unknown>>
  /** Of a class-conditional generator: the class that is drawn, counted from 0. */
  readonly class?: number
}

/**
 * The files of each network of a run: one, or two for a perceptual network in parts. The discriminator, where it is a
 * term, is looked for in the generator's file if it has none of its own.
 */
export type ModelFiles = PartFiles<ModelFile>
type PartFiles<F> = Readonly<Record<(typeof modelParts)[number], readonly F[]>> & {
  readonly discriminator?: readonly F[]
  /** A generator that was tuned from the other one, and draws what is shown. */
  readonly tuned?: readonly F[]
}

const keptModelFile = v.union([
  v.object({
    path: text,
    sha256: v.exactOptional(sha256),
    init: v.exactOptional(v.record(v.string(), v.unknown())),
    class: v.exactOptional(count),
  }),
  v.object({ id: text, class: v.exactOptional(count) }),
])
type KeptModelFile = Readonly<v.InferOutput<typeof keptModelFile>>

const keptFiles = v.pipe(v.array(keptModelFile), v.readonly())

/** As a record keeps them: those of installed models by their ids, wherever they lie. */
export const keptModelFiles = v.object({
  ...v.entriesFromList(modelParts, keptFiles),
  discriminator: v.exactOptional(keptFiles),
  tuned: v.exactOptional(keptFiles),
})
export type KeptModelFiles = PartFiles<KeptModelFile>

/** A run may be taken up from another folder than the one in which it was started, so paths are whole. */
export function keptModels(models: ModelFiles): KeptModelFiles {
  const entries = Object.entries(models).map(([part, files]: [string, readonly ModelFile[]]) => [
    part,
    files.map(({ id, path, ...rest }) =>
      id === undefined
        ? { path: resolve(path), ...rest }
        : { id, ...(rest.class === undefined ? {} : { class: rest.class }) },
    ),
  ])
  return Object.fromEntries(entries) as KeptModelFiles
}

/** An id is a name of a folder, and with a piece of the hash at most 64 characters long. */
const longestPlainId = 50

/** The id that a model gets by the name of its file, if that is free. */
export function idOfImport(fileName: string): string {
  return (
    fileName
      .toLowerCase()
      .replace(/(\.pth)?\.[a-z]+$/, '')
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, longestPlainId)
      .replace(/^-+|-+$/g, '') || 'model'
  )
}

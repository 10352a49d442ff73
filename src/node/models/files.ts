import type { ModelPart } from '../../shared/settings.ts'

/** A file with weights. */
export interface ModelFile {
  readonly path: string
  /** Of the installed model that it belongs to. */
  readonly id?: string
  /** Where it is known, another hash is refused before the file is parsed. */
  readonly sha256?: string
  /** Constructor arguments of the network, where the file does not keep them itself. */
  readonly init?: Readonly<Record<string, unknown>>
}

/**
 * The files of each network of a run: one, or two for a perceptual network in parts. The discriminator, where it is a
 * term, is looked for in the generator's file if it has none of its own.
 */
export type ModelFiles = Readonly<Record<ModelPart, readonly ModelFile[]>> & {
  readonly discriminator?: readonly ModelFile[]
}

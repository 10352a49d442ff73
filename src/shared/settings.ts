import { type Provider, providers } from '../engine/runtime.ts'

/** A provider, or the best one that works. */
export type ProviderChoice = Provider | 'auto'

export const providerChoices: readonly ProviderChoice[] = ['auto', ...providers]

/** The networks of a projection, as the files of a model are called. */
export const modelParts = ['generator', 'landmarks', 'perceptual'] as const
export type ModelPart = (typeof modelParts)[number]

/** What each part is called in messages. */
export const partNames: Readonly<Record<ModelPart, string>> = {
  generator: 'generator',
  landmarks: 'landmark network',
  perceptual: 'perceptual network',
}

import type { ExtraTermNumbers } from '../engine/projection/settings.ts'
import { type Provider, providers } from '../engine/runtime.ts'

/** A provider, or the best one that works. */
export type ProviderChoice = Provider | 'auto'

export const providerChoices: readonly ProviderChoice[] = ['auto', ...providers]

/** The terms of the objective: `loss` is their weighted sum, the others are unweighted. */
export interface Terms extends ExtraTermNumbers {
  readonly perceptual: number
  readonly landmark: number
  readonly noiseReg: number
  readonly loss: number
}

/** The networks of a projection, as the files of a model are called. */
export const modelParts = ['generator', 'landmarks', 'perceptual'] as const
export type ModelPart = (typeof modelParts)[number]

/** What each part is called in messages. */
export const partNames: Readonly<Record<ModelPart, string>> = {
  generator: 'generator',
  landmarks: 'landmark network',
  perceptual: 'perceptual network',
}

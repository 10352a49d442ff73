import { type TuningSettings, tuningSeed } from '../../engine/projection/tuning-settings.ts'
import { asCount, asRecord, asWeight } from '../host/json-fields.ts'
import type { ModelFile, ModelFiles } from './files.ts'
import { embeddedModel } from './store.ts'

/**
 * What `tuning` of the generator in a model.json asks for: `own_steps`, `steps`, `rate`, and `weights` of the terms. Undefined
 * where it does not ask, or a number is missing or makes no sense.
 */
export function askedTuning(generator: readonly ModelFile[]): TuningSettings | undefined {
  const asked = asRecord(generator[0]?.init?.tuning)
  const [ownSteps, steps] = [asCount(asked?.own_steps), asCount(asked?.steps)]
  const rate = asWeight(asked?.rate)
  if (!ownSteps || !steps || !rate) return undefined
  const term = (name: string) => asWeight(asRecord(asked?.weights)?.[name]) ?? 0
  const weights = {
    square: term('square'),
    absolute: term('absolute'),
    detail: term('detail'),
    perceptual: term('perceptual'),
  }
  if (Object.values(weights).every((weight) => weight === 0)) return undefined
  return { ownSteps, steps, rate, seed: tuningSeed, weights }
}

/** Whether the perceptual network is one for photographs, or the generator asks to be tuned without one. */
export async function canBeTuned({ generator, perceptual }: ModelFiles): Promise<boolean> {
  const asked = askedTuning(generator)
  if (asked?.weights.perceptual === 0) return true
  const id = perceptual[0]?.id
  return id === undefined || id !== (await embeddedModel())?.record.id
}

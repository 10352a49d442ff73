import { withoutIdleTerms } from '../../engine/projection/terms.ts'
import { emptySetup, referenceSearch } from '../../shared/default-setup.ts'
import type { SearchSettings, Setup } from '../../shared/setup.ts'
import { askedSettings } from '../models/asked-settings.ts'
import { type InstalledModel, installedModels, partOf } from '../models/store.ts'

/** How a search with the model's generator is made, as it asks for in its model.json; null for one without. */
export function generatorSearch(model: InstalledModel): SearchSettings | null {
  const generator = partOf(model, 'generator')
  if (generator === undefined) return null
  const { weights, groupWeights, ...asked } = askedSettings(generator)
  return {
    ...referenceSearch,
    ...asked,
    groupWeights: [...(groupWeights ?? referenceSearch.groupWeights)],
    // An extra term of weight 0 would be computed for nothing.
    weights: withoutIdleTerms({ ...referenceSearch.weights, ...weights }),
  }
}

/**
 * The setup of a new project: as its generator asks for, or the reference's where there is none.
 *
 * @param wanted the id of its generator; the embedded one if null or not installed
 */
export async function newSetup(library: string, wanted: string | null): Promise<Setup> {
  const installed = await installedModels(library)
  const chosen = installed.find((model) => model.record.id === wanted && partOf(model, 'generator'))
  const taken = chosen ?? installed.find(({ origin }) => origin === 'embedded')
  const setup = emptySetup((taken && generatorSearch(taken)) ?? referenceSearch)
  return chosen === undefined ? setup : { ...setup, models: { generator: chosen.record.id } }
}

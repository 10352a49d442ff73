import { extraTermsOf } from '../../../engine/projection/settings.ts'
import { emptySetup, referenceSearch } from '../../../shared/default-setup.ts'
import type { SearchSettings, Setup } from '../../../shared/setup.ts'
import { askedSettings } from '../asked-settings.ts'
import { type InstalledModel, partOf } from '../model-library.ts'

/** How a search with the model's generator is made, as it asks for in its model.json; null for one without. */
export function generatorSearch(model: InstalledModel): SearchSettings | null {
  const generator = partOf(model, 'generator')
  if (generator === undefined) return null
  const { weights, groupWeights, ...asked } = askedSettings(generator)
  const { perceptual, landmark, noiseReg } = { ...referenceSearch.weights, ...weights }
  return {
    ...referenceSearch,
    ...asked,
    groupWeights: [...(groupWeights ?? referenceSearch.groupWeights)],
    // An extra term of weight 0 would be computed for nothing.
    weights: { perceptual, landmark, noiseReg, ...extraTermsOf((name) => weights[name] || undefined) },
  }
}

/** The setup of a new project: that of the embedded generator, and the reference's where there is none. */
export function newSetup(models: readonly InstalledModel[]): Setup {
  const embedded = models.find(({ origin }) => origin === 'embedded')
  return emptySetup((embedded && generatorSearch(embedded)) ?? referenceSearch)
}

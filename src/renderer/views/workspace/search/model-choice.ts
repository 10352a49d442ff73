import type { Model } from '../../../../shared/models.ts'
import type { ModelPart } from '../../../../shared/settings.ts'
import type { Setup } from '../../../../shared/setup.ts'

type Choice = Setup['models']

/** The installed model that gives this network to a search; undefined where the chosen one is not there. */
export function modelFor(part: ModelPart, choice: Choice, installed: readonly Model[]): Model | undefined {
  const withPart = installed.filter(({ parts }) => parts.includes(part))
  const named = (id: string) => withPart.find((model) => model.id === id)
  const chosen = choice[part]
  if (chosen !== undefined) return named(chosen)
  const ofGenerator = choice.generator === undefined ? undefined : named(choice.generator)
  return ofGenerator ?? withPart.find(({ origin }) => origin === 'embedded')
}

/** The choice with that model for a network. One that would be taken anyway is not named, so that it follows the generator. */
export function withModel(part: ModelPart, id: string, choice: Choice, installed: readonly Model[]): Choice {
  const { [part]: _, ...others } = choice
  return modelFor(part, others, installed)?.id === id ? others : { ...others, [part]: id }
}

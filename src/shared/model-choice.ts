import type { Model } from './models.ts'
import type { ModelPart } from './settings.ts'
import type { Setup } from './setup.ts'

type Choice = Setup['models']

/** What a choice asks of an installed model. */
export type Choosable = Pick<Model, 'id' | 'origin' | 'parts' | 'original' | 'companions'>

/**
 * The installed model that gives this network to a search: the chosen one, else that of the generator, or of the one that
 * this was tuned from, if it has the network, else one that came with it in a set, else the embedded pack. Undefined where the
 * chosen one is not there or lacks it.
 */
export function modelFor<M extends Choosable>(
  part: ModelPart,
  choice: Choice,
  installed: readonly M[],
): M | undefined {
  const withPart = installed.filter(({ parts }) => parts.includes(part))
  const named = (id: string) => withPart.find((model) => model.id === id)
  const chosen = choice[part]
  if (chosen !== undefined) return named(chosen)
  const generator = installed.find(({ id }) => id === choice.generator)
  const original = installed.find(({ id }) => id === generator?.original) ?? generator
  const ofGenerator = original && [original.id, ...original.companions].map(named).find((model) => model)
  return ofGenerator ?? withPart.find(({ origin }) => origin === 'embedded')
}

/** The class that is drawn, counted from 0; undefined for a generator that is not class-conditional. */
export function classFor({ class: chosen = 0 }: Choice, classes: number): number | undefined {
  return classes === 0 ? undefined : chosen
}

/**
 * The choice with that model for a network. One that would be taken anyway is not named, so that it follows the generator. A
 * class means the same to a generator and to those that were tuned from it, and nothing to any other.
 */
export function withModel(
  part: ModelPart,
  id: string,
  choice: Choice,
  installed: readonly Choosable[],
): Choice {
  const { [part]: _, ...others } = choice
  const next = modelFor(part, others, installed)?.id === id ? others : { ...others, [part]: id }
  const { class: chosen, ...classless } = next
  return originalFor(next, installed) === originalFor(choice, installed) ? next : classless
}

/** The id of the generator, or of the one that it was tuned from. */
function originalFor(choice: Choice, installed: readonly Choosable[]): string | undefined {
  const generator = modelFor('generator', choice, installed)
  return generator?.original ?? generator?.id
}

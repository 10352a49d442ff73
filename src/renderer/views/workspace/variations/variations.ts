import type { ExtraTermName } from '../../../../engine/projection/terms.ts'
import type { Setup } from '../../../../shared/setup.ts'

/** A weight that a sweep can go through: of a term, or of a group of landmarks, 0..8. */
export type SweptWeight =
  | { readonly of: 'term'; readonly term: 'perceptual' | 'landmark' | ExtraTermName }
  | { readonly of: 'group'; readonly group: number }

/** A run to be queued: what sets it apart, and its whole setup. */
export interface Variation {
  readonly value: number
  readonly setup: Setup
}

/** The most runs that one gesture queues. */
export const mostVariations = 24

const seeds = 2 ** 32

/** The setup with seeds that follow its own. It runs to an end: nobody finishes many runs by hand. */
export function seedVariations(setup: Setup, count: number): readonly Variation[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = (setup.settings.seed + i) % seeds
    return { value: seed, setup: withSettings(setup, { seed }) }
  })
}

/** The setup with one weight going from `least` to `most`, each step by the same factor. Both are above 0. */
export function sweepVariations(
  setup: Setup,
  weight: SweptWeight,
  least: number,
  most: number,
  count: number,
): readonly Variation[] {
  return Array.from({ length: count }, (_, i) => {
    const along = count === 1 ? 0 : i / (count - 1)
    const value = Number((least * (most / least) ** along).toPrecision(3))
    return { value, setup: withWeight(setup, weight, value) }
  })
}

/** The weight as the setup has it; 0 where a term is not part of it. */
export function weightOf({ settings }: Setup, weight: SweptWeight): number {
  return weight.of === 'group' ? settings.groupWeights[weight.group]! : (settings.weights[weight.term] ?? 0)
}

function withWeight(setup: Setup, weight: SweptWeight, value: number): Setup {
  const { weights, groupWeights } = setup.settings
  return weight.of === 'group'
    ? withSettings(setup, { groupWeights: groupWeights.with(weight.group, value) })
    : withSettings(setup, { weights: { ...weights, [weight.term]: value } })
}

function withSettings(setup: Setup, settings: Partial<Setup['settings']>): Setup {
  return { ...setup, settings: { ...setup.settings, ...settings, live: false } }
}

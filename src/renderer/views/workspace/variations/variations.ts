import type { ExtraTermName } from '../../../../engine/projection/terms.ts'
import type { Picture } from '../../../../shared/project.ts'
import type { Setup } from '../../../../shared/setup.ts'
import type { Target } from '../../../stores/setup-history.ts'

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

/** Letters of a run's name. */
const longestTitle = 90

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

/** The setup with each of the pictures in turn as its look, or as what its landmarks come from. */
export function pictureVariations(
  setup: Setup,
  target: Target,
  pictures: readonly Picture[],
): readonly { readonly name: string; readonly setup: Setup }[] {
  return pictures.map(({ id, name }) => {
    const own =
      target === 'look' ? { look: id } : { landmarks: id, sources: setup.sources.map(() => null), points: [] }
    return { name: titleOf(name), setup: withSettings({ ...setup, ...own }, {}) }
  })
}

/** The name of a file as that of a run. */
function titleOf(fileName: string): string {
  const stem = fileName.replace(/(?<=.)\.[^.]*$/, '').replace(/[\p{Cc}\p{Cs}]/gu, ' ')
  return stem.trim().slice(0, longestTitle) || '-'
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

import { type ProjectionSettings, referenceSettings, starts } from '../../src/engine/projection/settings.ts'
import { withoutIdleTerms } from '../../src/engine/projection/terms.ts'
import { askedSettings } from '../../src/node/models/asked-settings.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'

/** How an evaluation searches, for `parseArgs`: what is not given is as the pack asks for. */
export const searchOptions = {
  steps: { type: 'string', default: '200' },
  weight: { type: 'string', multiple: true, default: [] as string[] },
  mask: { type: 'string' },
  confidence: { type: 'string' },
  start: { type: 'string' },
  reference: { type: 'boolean', default: false },
} as const

export const searchUsage = `Searches take 200 steps, or --steps, as the pack asks for; --reference searches as the reference does. Single things:
  --weight prior=0   a term's weight, once or several times (perceptual, landmark, noiseReg, prior, colour, identity)
  --mask 0           how little the look counts around the landmarks, 0 to 1
  --confidence off   whether landmarks count less whose target heat maps look wrong
  --start average    where searches begin: average or nearest
`

/** Values of `searchOptions`. */
export interface GivenSearch {
  readonly steps?: string
  readonly weight?: readonly string[]
  readonly mask?: string
  readonly confidence?: string
  readonly start?: string
  readonly reference?: boolean
}

/** The settings that the options come to. Extra terms of weight 0 are left out. */
export async function searchSettings(given: GivenSearch = {}): Promise<ProjectionSettings> {
  const { generator } = await resolveAllModels({})
  const { weights: asked, ...rest } = given.reference ? { weights: {} } : askedSettings(generator)
  const named = (given.weight ?? []).map((text) => text.split('='))
  const weights = withoutIdleTerms({
    ...referenceSettings.weights,
    ...asked,
    ...Object.fromEntries(named.map(([name, number]) => [name, Number(number)])),
  })
  const start = starts.find((name) => name === given.start)
  return {
    ...referenceSettings,
    ...rest,
    steps: Number(given.steps ?? searchOptions.steps.default),
    weights,
    ...(start !== undefined && { start }),
    ...(given.mask !== undefined && { landmarkMask: Number(given.mask) }),
    ...(given.confidence !== undefined && { confidence: given.confidence === 'on' }),
  }
}

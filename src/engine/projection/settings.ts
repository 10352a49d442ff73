import * as v from 'valibot'
import { landmarkGroups, referenceGroupWeights } from '../face/landmark-groups.ts'
import { count, finite, fraction } from '../fields.ts'
import { extraTermNames, referenceTermNames } from './terms.ts'

/** The latent spaces: one latent for all layers, or one a layer. */
export const latentSpaces = ['w', 'w+'] as const
export type LatentSpace = (typeof latentSpaces)[number]

/**
 * The largest factor of a term or of a group of landmarks. Terms of the reference's weights are between 1e-6 (the noise's)
 * and 100 (the landmarks'), so their sum and its gradient stay far from the 3.4e38 at which float32 ends.
 */
export const mostWeight = 1e9

/** A factor of a term or of a group of landmarks. */
export const weight = v.pipe(finite, v.minValue(0), v.maxValue(mostWeight))

/** Factors of the loss terms; one beyond the reference's that is absent is not part of the search. */
export const termWeights = v.pipe(
  v.strictObject({
    ...v.entriesFromList(referenceTermNames, weight),
    ...v.entriesFromList(extraTermNames, v.exactOptional(weight)),
  }),
  v.readonly(),
)
export type TermWeights = v.InferOutput<typeof termWeights>

/** Nine factors, in the order of the landmark groups. */
export const groupWeights = v.pipe(v.array(weight), v.length(landmarkGroups.length), v.readonly())

/** The unweighted terms, and their weighted sum. */
export const metrics = v.pipe(
  v.strictObject({
    ...v.entriesFromList(referenceTermNames, finite),
    loss: finite,
    ...v.entriesFromList(extraTermNames, v.exactOptional(finite)),
  }),
  v.readonly(),
)
export type Metrics = v.InferOutput<typeof metrics>

/** Where a search begins: at the average latent, as the reference, or near the look's colours. */
export const starts = ['average', 'nearest'] as const
export type Start = (typeof starts)[number]

/** The most steps of a search. */
export const mostSteps = 1_000_000

/** What can be asked for beyond the reference; what is absent, false or 0 is as it has it. Their order is part of fingerprints. */
const extraSettings = {
  /** Whether landmarks count by how far their heat maps can be believed; the reference believes all. */
  confidence: v.exactOptional(v.boolean()),
  /** How little of the look is asked for where landmarks lie; the reference asks for all of it. */
  landmarkMask: v.exactOptional(fraction),
  /** The average latent if absent. */
  start: v.exactOptional(v.picklist(starts)),
  /** How far from there the first latent lies on the way to the face that the seed draws. */
  startTruncation: v.exactOptional(fraction),
  /** Whether a picture larger than what the networks see of it is drawn in that size only, but for the end of the search. */
  coarseFirst: v.exactOptional(v.boolean()),
  /** Whether the optimiser forgets its gradients sooner than the reference's. */
  shortMemory: v.exactOptional(v.boolean()),
  /** Whether a search whose steps are known from the beginning ends by L-BFGS: see "The end of a search" in docs/objective.md. */
  quasiNewton: v.exactOptional(v.boolean()),
}

/** How a search is made, beside its pictures. */
export const projectionSettings = v.strictObject({
  /** Of the schedule; a live run goes on for as long as it is held. */
  steps: v.pipe(count, v.minValue(1), v.maxValue(mostSteps)),
  /** Of the initial noise and of the jitter; 32 bits. */
  seed: v.pipe(count, v.maxValue(2 ** 32 - 1)),
  space: v.picklist(latentSpaces),
  weights: termWeights,
  groupWeights,
  /** Holds the schedule's plateau until finish is asked for, and takes changes on the way. */
  live: v.exactOptional(v.boolean()),
  ...extraSettings,
})
export type ProjectionSettings = Readonly<v.InferOutput<typeof projectionSettings>>
type ExtraSettings = Pick<ProjectionSettings, keyof typeof extraSettings>

/** Those that go beyond the reference and are asked for. */
export function extraSettingsOf(settings: ProjectionSettings): ExtraSettings {
  const names = Object.keys(extraSettings) as (keyof typeof extraSettings)[]
  return Object.fromEntries(names.filter((name) => settings[name]).map((name) => [name, settings[name]]))
}

/** The settings that may change between two steps. */
export type Weighting = Pick<ProjectionSettings, 'weights' | 'groupWeights' | 'confidence' | 'landmarkMask'>

/** Steps of a search where nobody says how many, and the reference's are not asked for. */
export const usualSteps = 300

/** What the reference's README and scripts use. */
export const referenceSettings: ProjectionSettings = {
  steps: 1000,
  seed: 303,
  space: 'w',
  weights: { perceptual: 1, landmark: 0.05, noiseReg: 1e5 },
  groupWeights: referenceGroupWeights,
}

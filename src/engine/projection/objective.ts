import { landmarkCount } from '../face/landmark-groups.ts'
import type { Builder } from '../graph/builder.ts'
import type { Value } from '../graph/value.ts'
import type { FaceRecognition } from '../network/face-recognition/reading.ts'
import { type Fan, heatMaps } from '../network/fan/fan.ts'
import { type Discriminator, judge } from '../network/stylegan2/discriminator.ts'
import { type Generator, synthesise } from '../network/stylegan2/generator.ts'
import { perceptualFeatures, type VggLpips } from '../network/vgg-lpips/vgg-lpips.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { coarseColours, colourDistance } from './coarse-colours.ts'
import { buildIdentity } from './identity.ts'
import { buildLatentPrior, type LatentPrior, latentPrior } from './latent-prior.ts'
import { landmarkInput, toAnalysisSize, toLevels } from './picture.ts'
import type { Weighting } from './settings.ts'
import type { TermNumbers } from './terms.ts'

/** The networks of a projection. */
export interface Networks {
  readonly generator: Generator
  readonly landmarks: Fan
  readonly perceptual: VggLpips
  /** Where the identity is a term. */
  readonly recognition?: FaceRecognition
  /** Where it is a term. */
  readonly discriminator?: Discriminator
}

/** Loads the networks for one use, after which nobody holds them: they are as large as all weights. */
export type LendNetworks = <T>(use: (networks: Networks) => Promise<T>) => Promise<T>

/** What the objective sees of a picture. */
export interface Description {
  /** One tensor a tap of the perceptual network; squared differences add up to LPIPS. */
  readonly features: readonly Value[]
  /** [1, 68, 64, 64]. */
  readonly heatMaps: Value
  /** [1, 3, grid, grid]. */
  readonly colours: Value
}

/** Describes a picture [1, 3, R, R], 0..255. */
export function describe(b: Builder, networks: Omit<Networks, 'generator'>, picture: Value): Description {
  const seen = toAnalysisSize(b, picture)
  return {
    features: b.scope('perceptual', () => perceptualFeatures(b, networks.perceptual, seen)),
    heatMaps: b.scope('landmarks', () => heatMaps(b, networks.landmarks, landmarkInput(b, seen))),
    colours: coarseColours(b, seen),
  }
}

/** Terms that only some runs have. */
export interface ExtraTerms {
  /** Of frames of a video: keeps the latent near that of the frame before and near the average. */
  readonly sequence?: boolean
  /** Softplus(-D(picture)). */
  readonly discriminator?: Discriminator
  /** Keeps the latent where W lies. */
  readonly prior?: LatentPrior
  /** Holds the coarse colours to the look's. */
  readonly colour?: boolean
  /** Multiplies the perceptual differences by a mask a tap. */
  readonly mask?: boolean
  /** Holds the identity of the face to the look's. */
  readonly identity?: FaceRecognition
}

/** What this weighting asks for beyond the reference. Throws where the network of a term was not loaded. */
export async function extraTerms(
  runtime: Runtime,
  { generator, recognition, discriminator: judge }: Networks,
  { weights: { prior, colour, identity, discriminator }, landmarkMask }: Weighting,
  options?: SessionOptions,
): Promise<ExtraTerms> {
  return {
    ...(prior !== undefined && { prior: await latentPrior(runtime, generator, undefined, options) }),
    colour: colour !== undefined,
    mask: landmarkMask !== undefined,
    ...(identity !== undefined && { identity: loaded(recognition) }),
    ...(discriminator !== undefined && { discriminator: loaded(judge) }),
  }
}

function loaded<T>(network: T | undefined): T {
  if (network === undefined) throw new Error('the network of a term was not loaded')
  return network
}

/** The terms of the loss, unweighted scalars; smoothness and fidelity are those of sequences. */
export type Terms = { readonly [name in keyof TermNumbers]: Value } & {
  readonly smoothness?: Value
  readonly fidelity?: Value
}

/** A built objective: what to feed it is in `weights`, `targets` and `sequence`, all of them graph inputs. */
export interface Objective {
  /** [1, 3, R, R], about -1..1. */
  readonly image: Value
  /** What the landmark network sees in it: [1, 68, 64, 64]. */
  readonly heatMaps: Value
  readonly terms: Terms
  /** The weighted sum. */
  readonly loss: Value
}

/**
 * The loss of lukasuz/stylegan2-landmark-projection for one latent and its noise maps:
 *
 *     a * LPIPS(x, look) + b * || (H(x) - H(landmarks)) * g ||_2 + c * R(noise)
 *     [ + c_s * sum sqrt((w - w_prev)^2 + 1e-6) + c_f * sum sqrt((w - w_avg)^2 + 1e-6) + c_d * softplus(-D(x)) ]
 *
 * and, beyond it, the latent prior, the distance of coarse colours and that of identities.
 *
 * Adds the inputs `target.feature.<tap>`, `target.heatMaps`, `weight.landmarks` [68, 1, 1] and one scalar
 * `weight.<term>` a term; with `colour` also `target.colours`, with `mask` `target.mask.<tap>` [1, 1, h, w], with
 * `identity` those of `buildIdentity`, and with `sequence` `sequence.previous` and `sequence.average` in the latent's shape.
 *
 * @param latent [1, 1, w_dim] or [1, latentCount, w_dim]
 * @param noise a map [H, W] for each of the generator's noise inputs
 * @param place the latent without its jitter, which is what the terms of sequences hold
 */
export function buildObjective(
  b: Builder,
  networks: Networks,
  latent: Value,
  noise: ReadonlyMap<string, Value>,
  { sequence = false, discriminator, prior, colour = false, mask = false, identity }: ExtraTerms = {},
  place = latent,
): Objective {
  const image = synthesise(b, networks.generator, latent, noise)
  const picture = toAnalysisSize(b, toLevels(b, image))
  const seen = describe(b, networks, picture)
  const targetMaps = b.input('target.heatMaps', seen.heatMaps.shape)
  const landmarkWeights = b.input('weight.landmarks', [landmarkCount, 1, 1])
  const terms: Terms = {
    perceptual: b.scope('loss.perceptual', () =>
      seen.features
        .map((feature, tap) => {
          const difference = b.sub(feature, b.input(`target.feature.${tap}`, feature.shape))
          const [, , height, width] = feature.shape as [number, number, number, number]
          return sumOfSquares(
            b,
            mask ? b.mul(difference, b.input(`target.mask.${tap}`, [1, 1, height, width])) : difference,
          )
        })
        .reduce((x, y) => b.add(x, y)),
    ),
    landmark: b.scope('loss.landmark', () =>
      norm(b, b.mul(b.sub(seen.heatMaps, targetMaps), landmarkWeights)),
    ),
    noiseReg: b.scope('loss.noise', () => noiseRegularity(b, [...noise.values()])),
    ...(sequence && {
      smoothness: b.scope('loss.smoothness', () =>
        softDistance(b, place, b.input('sequence.previous', place.shape)),
      ),
      fidelity: b.scope('loss.fidelity', () =>
        softDistance(b, place, b.input('sequence.average', place.shape)),
      ),
    }),
    ...(discriminator && {
      discriminator: b.scope('loss.discriminator', () =>
        b.reshape(b.softplus(b.neg(judge(b, discriminator, image))), { shape: [] }),
      ),
    }),
    ...(prior && { prior: b.scope('loss.prior', () => buildLatentPrior(b, prior, latent)) }),
    ...(colour && {
      colour: b.scope('loss.colour', () =>
        colourDistance(b, seen.colours, b.input('target.colours', seen.colours.shape)),
      ),
    }),
    ...(identity && { identity: b.scope('loss.identity', () => buildIdentity(b, identity, picture)) }),
  }
  const loss = Object.entries(terms)
    .map(([name, term]: [string, Value]) => b.mul(term, b.input(`weight.${name}`, [])))
    .reduce((x, y) => b.add(x, y))
  return { image, heatMaps: seen.heatMaps, terms, loss }
}

function sumOfSquares(b: Builder, x: Value): Value {
  return b.reduceSum(b.mul(x, x), { keep: false })
}

/** || x ||_2 over all elements; its gradient at zero is zero. */
function norm(b: Builder, x: Value): Value {
  return b.sqrt(sumOfSquares(b, x))
}

/** sum sqrt((x - y)^2 + 1e-6). */
function softDistance(b: Builder, x: Value, y: Value): Value {
  const difference = b.sub(x, y)
  return b.reduceSum(b.sqrt(b.add(b.mul(difference, difference), 1e-6)), { keep: false })
}

/**
 * How far maps [R, R] are from white noise: the squared autocorrelation with a shift of one, in both directions, at every
 * halving of the resolution down to 8 (StyleGAN2, appendix D). Halved maps and those that have that size are one batch.
 */
function noiseRegularity(b: Builder, maps: readonly Value[]): Value {
  const sizes = maps.map(({ shape }) => shape[0]!)
  const parts: Value[] = []
  let halved: readonly Value[] = []
  for (let size = Math.max(...sizes); size >= Math.min(...sizes); size /= 2) {
    const own = maps.filter((_, i) => sizes[i] === size)
    const batch = b.concat([...halved, ...own.map((map) => b.reshape(map, { shape: [1, 1, size, size] }))], {
      axis: 0,
    })
    for (const axis of [3, 2]) {
      const correlations = b.reduceMean(b.mul(batch, rolled(b, batch, axis)), { axes: [1, 2, 3] })
      parts.push(b.reduceSum(b.mul(correlations, correlations), { keep: false }))
    }
    halved = size > 8 ? [b.averagePool(batch, { size: 2 })] : []
  }
  return parts.reduce((x, y) => b.add(x, y))
}

/** Shifted by one along an axis; what leaves at the end comes in at the beginning. */
function rolled(b: Builder, x: Value, axis: number): Value {
  const extent = x.shape[axis]!
  const last = b.slice(x, { axis, start: extent - 1, end: extent })
  return b.concat([last, b.slice(x, { axis, start: 0, end: extent - 1 })], { axis })
}

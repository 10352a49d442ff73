import { MienError } from '../errors.ts'
import { drawnHeatMaps, photographDeviation } from '../face/drawn-heat-maps.ts'
import { heatMapPoints } from '../face/heat-map-points.ts'
import { landmarkConfidence } from '../face/landmark-confidence.ts'
import { landmarkCount, landmarkGroups } from '../face/landmark-groups.ts'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import type { Course } from './course.ts'
import { faceCrop, type IdentityTarget, identityInputs, openFaceDescriber } from './identity.ts'
import { landmarkMasks } from './landmark-mask.ts'
import { describe, type Networks } from './objective.ts'
import { pictureTensor } from './picture.ts'

/** The pictures that are aimed at: squares of the generator's resolution. */
export interface TargetSquares {
  readonly look: Image
  readonly landmarks: Image
  /** Heat maps [1, 68, 64, 64] to aim at in place of those that the landmark network sees. */
  readonly drawnMaps?: FloatTensor
  /** [68, 1, 1], 0..1: how far the drawn maps can be believed; wholly if absent. */
  readonly drawnConfidence?: FloatTensor
  /** Of the landmark network's Gaussians and of those that dragged points are drawn as, in cells; that of photographs' FANs if absent. */
  readonly deviation?: number
  /** The 68 landmarks of the look as fractions of its side, where they are known before the landmark network sees it. */
  readonly lookPoints?: ArrayLike<number>
}

/** What a projection aims at. */
export interface Targets {
  /** The look: one tensor a tap of the perceptual network. */
  readonly features: readonly FloatTensor[]
  /** The landmarks: [1, 68, 64, 64]. */
  readonly heatMaps: FloatTensor
  /** How far each heat map can be believed: [68, 1, 1], 0..1. */
  readonly confidence: FloatTensor
  /** The look's coarse colours. */
  readonly colours: FloatTensor
  /** Where the identity is a term. */
  readonly identity?: IdentityTarget
  /** Where landmarks are masked. */
  readonly mask?: MaskTarget
  /** Of a frame that is searched for after another. */
  readonly sequence?: SequenceTarget
}

/** What keeps landmarks out of the look. */
export interface MaskTarget {
  /** The 68 landmarks of the look, x and y as fractions of its side. */
  readonly lookPoints: ArrayLike<number>
  /** [1, 1, h, w] a tap. */
  readonly taps: readonly FloatTensor[]
}

/** What the latent of a frame is held near, in its shape, and how much each counts. */
export interface SequenceTarget {
  /** That of the frame before. */
  readonly previous: FloatTensor
  readonly average: FloatTensor
  readonly smoothness: number
  readonly fidelity: number
}

/** The networks that see what is aimed at, loaded. */
export interface TargetReader {
  /**
   * Features of the one picture, heat maps of the other or those that are drawn.
   *
   * @param landmarkMask how far landmarks are kept out of the look: 0..1, not at all if absent
   * @throws MienError 'mismatch' for another size
   */
  read(squares: TargetSquares, landmarkMask?: number): Promise<Targets>
  dispose(): Promise<void>
}

/** How a session is loaded, and how far landmarks are kept out of the look: 0..1, not at all if absent. */
export type TargetOptions = SessionOptions & { readonly landmarkMask?: number | undefined }

const confidenceShape = [landmarkCount, 1, 1] as const

const fullConfidence = floatTensor(confidenceShape, new Float32Array(landmarkCount).fill(1))

/** How far heat maps [1, 68, 64, 64] that a landmark network gave can be believed: [68, 1, 1], 0..1. */
export function confidenceOf(heatMaps: FloatTensor, deviation: number): FloatTensor {
  return floatTensor(confidenceShape, landmarkConfidence(heatMaps, deviation))
}

/** What `TargetReader.read` gives, for one use. */
export async function targetsOf(
  runtime: Runtime,
  networks: Networks,
  squares: TargetSquares,
  { landmarkMask, ...options }: TargetOptions = {},
): Promise<Targets> {
  const reader = await openTargetReader(runtime, networks, options)
  return reader.read(squares, landmarkMask).finally(reader.dispose)
}

/** Loads the networks that describe a picture; holds none of them beside its sessions. */
export async function openTargetReader(
  runtime: Runtime,
  networks: Networks,
  options: SessionOptions = {},
): Promise<TargetReader> {
  const { resolution } = networks.generator
  const b = createBuilder()
  const seen = describe(b, networks, b.input('picture', [1, 3, resolution, resolution]))
  const features = Object.fromEntries(seen.features.map((feature, tap) => [`feature.${tap}`, feature]))
  const taps = Object.keys(features)
  // Two graphs, since the runtime computes whole ones whatever is asked of them.
  const ofLooks = await runtime.load(serialise({ ...features, colours: seen.colours }), options)
  const ofLandmarks = await runtime.load(serialise({ heatMaps: seen.heatMaps }), options)
  const { recognition } = networks
  const describer = recognition && (await openFaceDescriber(runtime, recognition, resolution, options))

  function requireSize({ width, height }: Image): void {
    if (width === resolution && height === resolution) return
    throw new MienError(
      'mismatch',
      `A target of ${width} x ${height} does not fit a generator of ${resolution} pixels.`,
    )
  }

  async function read(
    { look, landmarks, deviation = photographDeviation, drawnMaps, ...drawn }: TargetSquares,
    landmarkMask?: number,
  ): Promise<Targets> {
    for (const square of [look, landmarks]) requireSize(square)
    const ofLook = await ofLooks.run({ picture: pictureTensor(look) }, [...taps, 'colours'])
    const seenMaps = async (image: Image) =>
      (await ofLandmarks.run({ picture: pictureTensor(image) }, ['heatMaps'])).heatMaps as FloatTensor
    const maps = drawnMaps ?? (await seenMaps(landmarks))
    const pointsOfLook = async () => drawn.lookPoints ?? heatMapPoints(await seenMaps(look))
    const ofTaps = taps.map((name) => ofLook[name] as FloatTensor)
    return {
      features: ofTaps,
      heatMaps: maps,
      confidence:
        drawnMaps === undefined ? confidenceOf(maps, deviation) : (drawn.drawnConfidence ?? fullConfidence),
      colours: ofLook.colours as FloatTensor,
      ...(describer && {
        identity: {
          descriptor: await describer.describe(look, await pointsOfLook()),
          crop: faceCrop(heatMapPoints(maps), resolution),
        },
      }),
      ...(landmarkMask !== undefined && {
        mask: maskTarget(await pointsOfLook(), maps, ofTaps, landmarkMask),
      }),
    }
  }

  return {
    read,
    async dispose() {
      await describer?.dispose()
      await ofLandmarks.dispose()
      await ofLooks.dispose()
    },
  }
}

/**
 * Heat maps [1, 68, 64, 64] or confidences [68, 1, 1] of which each group comes from its own source. Point 30 lies in
 * two groups; the later one decides, as with the weights.
 *
 * @param sources one tensor for each of the landmark groups
 */
export function joinGroups(sources: readonly FloatTensor[]): FloatTensor {
  const { shape, data } = sources[0]!
  const size = data.length / landmarkCount
  const joined = data.slice()
  landmarkGroups.forEach(({ start, end }, group) => {
    joined.set(sources[group]!.data.subarray(start * size, end * size), start * size)
  })
  return floatTensor(shape, joined)
}

/**
 * Heat maps [1, 68, 64, 64] in which those of dragged points are drawn; the others stay as they are.
 *
 * @param deviation the Gaussian's standard deviation in cells
 */
export function withDraggedPoints(
  heatMaps: FloatTensor,
  points: Course['points'],
  deviation: number,
): FloatTensor {
  const size = heatMaps.data.length / landmarkCount
  const joined = heatMaps.data.slice()
  points.forEach((place, index) => {
    if (place !== undefined) joined.set(drawnHeatMaps([place.x, place.y], deviation).data, index * size)
  })
  return floatTensor(heatMaps.shape, joined)
}

/** Masks for the landmarks of a look and those that heat maps [1, 68, 64, 64] show. */
export function maskTarget(
  lookPoints: ArrayLike<number>,
  heatMaps: FloatTensor,
  features: readonly FloatTensor[],
  strength: number,
): MaskTarget {
  return { lookPoints, taps: landmarkMasks([lookPoints, heatMapPoints(heatMaps)], features, strength) }
}

/** Points that were put to their places by hand are believed. */
export function withDraggedConfidence(confidence: FloatTensor, points: Course['points']): FloatTensor {
  return floatTensor(
    confidence.shape,
    confidence.data.map((value, index) => (points[index] === undefined ? value : 1)),
  )
}

/** The graph inputs that hold the targets, of which a graph may need fewer. */
export function targetInputs({
  features,
  heatMaps,
  colours,
  identity,
  mask,
  sequence,
}: Targets): Record<string, FloatTensor> {
  return {
    'target.heatMaps': heatMaps,
    'target.colours': colours,
    ...(identity && identityInputs(identity)),
    ...Object.fromEntries(features.map((feature, tap) => [`target.feature.${tap}`, feature])),
    ...Object.fromEntries((mask?.taps ?? []).map((cells, tap) => [`target.mask.${tap}`, cells])),
    ...(sequence && {
      'sequence.previous': sequence.previous,
      'sequence.average': sequence.average,
      'weight.smoothness': floatTensor([], [sequence.smoothness]),
      'weight.fidelity': floatTensor([], [sequence.fidelity]),
    }),
  }
}

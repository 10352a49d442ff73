import { MienError } from '../errors.ts'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Image, Runtime } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import { describe, type Networks } from './objective.ts'
import { pictureTensor } from './picture.ts'

/** What a projection aims at. */
export interface Targets {
  /** The look: one tensor a tap of the perceptual network. */
  readonly features: readonly FloatTensor[]
  /** The landmarks: [1, 68, 64, 64]. */
  readonly heatMaps: FloatTensor
}

/**
 * Features of the one picture, heat maps of the other. Both are squares of the generator's resolution.
 *
 * @param drawnMaps heat maps [1, 68, 64, 64] to aim at in place of those that the landmark network sees
 * @throws MienError 'mismatch' for another size
 */
export async function targetsOf(
  runtime: Runtime,
  networks: Networks,
  look: Image,
  landmarks: Image,
  drawnMaps?: FloatTensor,
): Promise<Targets> {
  const { resolution } = networks.generator
  for (const { width, height } of [look, landmarks]) {
    if (width !== resolution || height !== resolution) {
      throw new MienError(
        'mismatch',
        `A target of ${width} x ${height} does not fit a generator of ${resolution} pixels.`,
      )
    }
  }
  const b = createBuilder()
  const seen = describe(b, networks, b.input('picture', [1, 3, resolution, resolution]))
  const features = Object.fromEntries(seen.features.map((feature, tap) => [`feature.${tap}`, feature]))
  const session = await runtime.load(serialise({ ...features, heatMaps: seen.heatMaps }))
  try {
    const ofLook = await session.run({ picture: pictureTensor(look) }, Object.keys(features))
    const seenMaps = async () =>
      (await session.run({ picture: pictureTensor(landmarks) }, ['heatMaps'])).heatMaps as FloatTensor
    return {
      features: Object.keys(features).map((name) => ofLook[name] as FloatTensor),
      heatMaps: drawnMaps ?? (await seenMaps()),
    }
  } finally {
    await session.dispose()
  }
}

/** The graph inputs that hold the targets. */
export function targetInputs({ features, heatMaps }: Targets): Record<string, FloatTensor> {
  return {
    'target.heatMaps': heatMaps,
    ...Object.fromEntries(features.map((feature, tap) => [`target.feature.${tap}`, feature])),
  }
}

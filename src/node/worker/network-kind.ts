import { strangerOf } from '../../engine/network/strangers.ts'
import type { StoredNetwork } from '../../engine/weights.ts'

/** What a stored network is, judged by its tensors. */
export type NetworkKind =
  | 'generator'
  | 'discriminator'
  | 'landmarks'
  /** VGG16 and the linear weights of LPIPS together. */
  | 'perceptual'
  /** VGG16 alone. */
  | 'perceptual-convolutions'
  /** The linear weights of LPIPS alone. */
  | 'perceptual-linear'

/** What each kind is called in messages. */
export const kindNames: Readonly<Record<NetworkKind, string>> = {
  generator: 'a generator',
  discriminator: 'a discriminator',
  landmarks: 'a landmark network',
  perceptual: 'a perceptual network',
  'perceptual-convolutions': 'the convolutions of a perceptual network',
  'perceptual-linear': 'the linear weights of a perceptual network',
}

const vggConvolutions = 13
const lpipsLayers = 5

/** The kind of a network, or undefined for one that Mien has no use for. */
export function kindOf(network: StoredNetwork): NetworkKind | undefined {
  const { weights } = network
  if (weights.has('synthesis.b4.conv1.weight')) return 'generator'
  if (strangerOf(network) !== undefined) return undefined
  if (weights.has('b4.out.weight') && weights.has('b4.fc.weight')) return 'discriminator'
  if (weights.has('l0.weight') && weights.has('conv1.weight')) return 'landmarks'
  const shapes = [...weights.values()].map(({ shape }) => shape)
  const convolutions = shapes.filter(([, , height, width]) => height === 3 && width === 3).length
  // LPIPS stores [1, C, 1, 1]; traced networks may hold vectors, beside a bias for each convolution.
  const linear = shapes.filter(
    ([out, channels, height, width]) => out === 1 && channels !== 3 && height === 1 && width === 1,
  ).length
  const vectors = shapes.filter(({ length }) => length === 1).length
  if (convolutions === vggConvolutions) {
    const whole = linear >= lpipsLayers || vectors >= vggConvolutions + lpipsLayers
    return whole ? 'perceptual' : 'perceptual-convolutions'
  }
  return convolutions === 0 && linear >= lpipsLayers ? 'perceptual-linear' : undefined
}

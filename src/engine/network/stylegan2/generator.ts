import { MienError } from '../../errors.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Value } from '../../graph/value.ts'
import type { FloatTensor, Shape } from '../../tensor.ts'
import {
  enlarge,
  fullyConnected,
  type LayerWeights,
  type ModulatedWeights,
  type SynthesisLayer,
  synthesisLayer,
  toRgb,
} from './layers.ts'

/**
 * The generator of StyleGAN2 (Karras et al. 2020, "Analyzing and Improving the Image Quality of StyleGAN"),
 * with skip outputs, as stylegan2-ada-pytorch stores it. All extents follow from the weights.
 *
 *     mapping    z [N, z_dim] -> normalised -> fc0, fc1, … with leaky ReLU -> w [N, w_dim]
 *     b4         const [C, 4, 4] -> conv1 -> torgb
 *     b8 … bR    conv0 (up) -> conv1 -> torgb; the picture so far is enlarged and added
 *
 * Block bR takes the latents in order: conv0, conv1, torgb; torgb shares its latent with the next block's conv0.
 */
export interface Generator {
  readonly zDim: number
  readonly wDim: number
  readonly resolution: number
  /** Latents that the synthesis network takes. */
  readonly latentCount: number
  /** The noise maps in the order of the layers. */
  readonly noise: readonly NoiseMap[]
  readonly mapping: Mapping
  readonly blocks: readonly Block[]
  /** Sentences for the user on what the file leaves open, and what is done then. */
  readonly remarks: readonly string[]
}

/** What draws latents. */
export type MappingNetwork = Pick<Generator, 'zDim' | 'wDim' | 'mapping'>

/** A noise input. */
export interface NoiseMap {
  /** The buffer's name below `synthesis.`: `b8.conv0.noise_const`. */
  readonly name: string
  readonly shape: Shape
  /** The noise that the checkpoint keeps. */
  readonly constant: FloatTensor
}

export interface Mapping {
  readonly layers: readonly LayerWeights[]
  readonly learningRateMultiplier: number
  /** Of a class-conditional generator, as long as none of its classes was chosen; 0 otherwise. */
  readonly openClasses: number
  /** The centre of truncation, where the checkpoint has one. */
  readonly average: FloatTensor | undefined
}

export interface Block {
  readonly name: string
  readonly resolution: number
  readonly constant: FloatTensor | undefined
  readonly convolutions: readonly (SynthesisLayer & { readonly name: string; readonly noise: NoiseMap })[]
  readonly rgb: ModulatedWeights
  readonly clamp: number | undefined
  /** Of the enlargement of the picture so far; empty in the first block. */
  readonly filter: readonly number[]
}

/** z [N, z_dim] -> w [N, w_dim], without truncation. Throws MienError 'wrong-use' where a class must be chosen first. */
export function mapLatents(b: Builder, { mapping }: MappingNetwork, z: Value): Value {
  if (mapping.openClasses > 0) {
    throw new MienError(
      'wrong-use',
      `The generator draws ${mapping.openClasses} classes, and none was chosen.`,
      {
        name: 'class',
        hint: `Choose one with --class of the command line, 0 to ${mapping.openClasses - 1}.`,
      },
    )
  }
  return b.scope('mapping', () => {
    const energy = b.reduceMean(b.mul(z, z), { axes: [1] })
    const normalised = b.div(z, b.sqrt(b.add(energy, 1e-8)))
    return mapping.layers.reduce(
      (x, layer, i) =>
        b.scope(`fc${i}`, () =>
          b.leakyRelu(b.mul(fullyConnected(b, x, layer, mapping.learningRateMultiplier), Math.SQRT2), {
            alpha: 0.2,
          }),
        ),
      normalised,
    )
  })
}

/**
 * The synthesis network.
 *
 * @param latent [1, 1, w_dim] (W: the same for every layer) or [1, latentCount, w_dim] (W+)
 * @param noise a map [H, W] for each of `generator.noise`, or undefined for none at all
 * @returns [1, 3, R, R], about -1..1
 */
export function synthesise(
  b: Builder,
  generator: Generator,
  latent: Value,
  noise: ReadonlyMap<string, Value> | undefined,
): Value {
  const rows = latent.shape[1]!
  const latents = Array.from({ length: rows }, (_, row) =>
    b.reshape(b.slice(latent, { axis: 1, start: row, end: row + 1 }), { shape: [1, generator.wDim] }),
  )
  const latentAt = (layer: number) => latents[rows === 1 ? 0 : layer]!
  let x: Value | undefined
  let picture: Value | undefined
  let next = 0
  return b.scope('synthesis', () => {
    for (const block of generator.blocks) {
      b.scope(block.name, () => {
        let features = x ?? constantInput(b, block.constant!)
        for (const layer of block.convolutions) {
          features = b.scope(layer.name, () =>
            synthesisLayer(b, features, latentAt(next), noise?.get(layer.noise.name), layer),
          )
          next++
        }
        const rgb = b.scope('torgb', () => toRgb(b, features, latentAt(next), block.rgb, block.clamp))
        picture = picture === undefined ? rgb : b.add(enlarge(b, picture, block.filter), rgb)
        x = features
      })
    }
    // A grey picture has three equal channels.
    return picture!.shape[1] === 1 ? b.concat([picture!, picture!, picture!], { axis: 1 }) : picture!
  })
}

function constantInput(b: Builder, constant: FloatTensor): Value {
  return b
    .parameter('const', constant)
    .formed('const', (b, x) => b.reshape(x, { shape: [1, ...constant.shape] }))
}

import { MienError } from '../../errors.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Value } from '../../graph/value.ts'
import { floatTensor } from '../../tensor.ts'
import { type StoredNetwork, shapedWeight } from '../../weights.ts'
import { type DiscriminatorLayer, discriminatorLayer, fullyConnected, type LayerWeights } from './layers.ts'
import { limitOf, readFilter, readFullyConnected } from './reading.ts'

/**
 * The residual discriminator of StyleGAN2 (Karras et al. 2020, figure 7c), as stylegan2-ada-pytorch stores it.
 *
 *     bR         fromrgb 1x1 -> as the other blocks
 *     bR … b8    conv0 -> conv1 (down), plus skip 1x1 (down), both times sqrt(1/2)
 *     b4         minibatch deviation appended -> conv -> fc -> out
 */
export interface Discriminator {
  readonly resolution: number
  readonly fromRgb: DiscriminatorLayer
  readonly blocks: readonly {
    readonly conv0: DiscriminatorLayer
    readonly conv1: DiscriminatorLayer
    readonly skip: DiscriminatorLayer
  }[]
  readonly last: DiscriminatorLayer
  readonly hidden: LayerWeights
  readonly out: LayerWeights
}

/**
 * The deviation over a batch of one picture is sqrt(0 + 1e-8) everywhere (minibatch standard deviation,
 * Karras et al. 2018, section 3).
 */
const deviationOfOne = 1e-4

/** Reads a discriminator. Throws MienError 'unsupported-model' for another architecture or a missing tensor. */
export function readDiscriminator(network: StoredNetwork): Discriminator {
  const { weights } = network
  const resolution = [1024, 512, 256, 128, 64, 32, 16, 8].find((r) => weights.has(`b${r}.fromrgb.weight`))
  if (resolution === undefined || !weights.has(`b${resolution}.skip.weight`)) {
    throw new MienError('unsupported-model', 'This is not a residual StyleGAN2 discriminator.', {
      name: resolution === undefined ? 'fromrgb.weight' : `b${resolution}.skip.weight`,
    })
  }
  if (weights.has('mapping.fc0.weight')) {
    throw new MienError(
      'unsupported-model',
      'This discriminator is conditional; Mien runs unconditional ones.',
      {
        name: 'mapping.fc0.weight',
      },
    )
  }
  const read = (prefix: string, part: Partial<DiscriminatorLayer>): DiscriminatorLayer => {
    const weight = shapedWeight(weights, `${prefix}.weight`, [undefined, undefined, undefined, undefined])
    const name = `${prefix}.bias`
    return {
      weight,
      bias: weights.has(name) ? shapedWeight(weights, name, [weight.shape[0]]) : undefined,
      filter: readFilter(weights, `${prefix}.resample_filter`),
      down: false,
      active: true,
      clamp: limitOf(network, prefix),
      gain: 1,
      ...part,
    }
  }
  const blocks = []
  for (let r = resolution; r > 4; r /= 2) {
    blocks.push({
      conv0: read(`b${r}.conv0`, {}),
      conv1: read(`b${r}.conv1`, { down: true, gain: Math.SQRT1_2 }),
      skip: read(`b${r}.skip`, { down: true, gain: Math.SQRT1_2, active: false, clamp: undefined }),
    })
  }
  return {
    resolution,
    fromRgb: read(`b${resolution}.fromrgb`, {}),
    blocks,
    last: read('b4.conv', {}),
    hidden: readFullyConnected(weights, 'b4.fc', undefined, undefined),
    out: readFullyConnected(weights, 'b4.out', undefined, 1),
  }
}

/** Logit [1, 1] of one picture [1, 3, R, R], range -1..1: how real it looks. */
export function judge(b: Builder, discriminator: Discriminator, picture: Value): Value {
  return b.scope('discriminator', () => {
    // One of grey pictures sees one of their three equal channels.
    const isGrey = discriminator.fromRgb.weight.shape[1] === 1
    const seen = isGrey ? b.slice(picture, { axis: 1, start: 0, end: 1 }) : picture
    let x = b.scope('fromrgb', () => discriminatorLayer(b, seen, discriminator.fromRgb))
    for (const { conv0, conv1, skip } of discriminator.blocks) {
      b.scope(`b${x.shape[2]}`, () => {
        const short = b.scope('skip', () => discriminatorLayer(b, x, skip))
        const first = b.scope('conv0', () => discriminatorLayer(b, x, conv0))
        x = b.add(
          b.scope('conv1', () => discriminatorLayer(b, first, conv1)),
          short,
        )
      })
    }
    const [, , height, width] = x.shape as [number, number, number, number]
    const deviation = floatTensor(
      [1, 1, height, width],
      new Float32Array(height * width).fill(deviationOfOne),
    )
    const joined = b.concat([x, b.constant(deviation, 'deviation')], { axis: 1 })
    const features = b.scope('b4', () => discriminatorLayer(b, joined, discriminator.last))
    const flat = b.reshape(features, { shape: [1, features.shape[1]! * height * width] })
    const hidden = b.scope('fc', () =>
      b.leakyRelu(b.mul(fullyConnected(b, flat, discriminator.hidden), Math.SQRT2), { alpha: 0.2 }),
    )
    return b.scope('out', () => fullyConnected(b, hidden, discriminator.out))
  })
}

import type { Builder } from '../../graph/builder.ts'
import { channelSum } from '../../graph/channel-sum.ts'
import type { Value } from '../../graph/value.ts'
import { type FloatTensor, floatTensor, times } from '../../tensor.ts'
import { levellingFactor } from '../../weight-scaling.ts'
import { stageLengths, type VggConvolution, type VggLpips } from './stages.ts'

export { readVggLpips, withoutClassifier } from './reading.ts'
export type { VggLpips } from './stages.ts'

/** ImageNet's means and deviations in 0..255, as LPIPS rounds them for -1..1. */
const shift = [-0.03, -0.088, -0.188].map((value) => 127.5 * (1 + value))
const scale = [0.458, 0.448, 0.45].map((value) => 127.5 * value)

/** Under the root of a squared length, so that the features of a featureless place are 0 and not undefined. */
const epsilon = 1e-10

/**
 * The features of the 5 taps, [1, C, H/2^i, W/2^i] each, scaled so that the sum of all squared differences of two
 * pictures' features is their LPIPS distance.
 *
 * @param image [1, 3, H, W], 0..255; H and W multiples of 16
 */
export function perceptualFeatures(b: Builder, model: VggLpips, image: Value): Value[] {
  const levelled = levelledConvolutions(model.convolutions)
  let x = b.sub(image, b.constant(floatTensor([1, 3, 1, 1], shift), 'shift'))
  let next = 0
  return stageLengths.map((length, stage) =>
    b.scope(`stage${stage}`, () => {
      if (stage > 0) x = b.maxPool(x, { size: 2 })
      let level = 1
      for (const convolution of levelled.slice(next, next + length)) {
        x = b.scope(`conv${next}`, () =>
          activeConvolution(b, x, next === 0 ? scaled(convolution) : convolution),
        )
        level = convolution.level
        next++
      }
      return tap(b, x, model.linear[stage]!, level)
    }),
  )
}

/**
 * The first convolution with the input's division by `scale` in its weight. The shift cannot move into the bias:
 * the padding is zero after it.
 */
function scaled({ weight, bias }: VggConvolution): VggConvolution {
  const data = weight.data.map((value, i) => value / scale[Math.floor(i / 9) % 3]!)
  return { weight: floatTensor(weight.shape, data), bias }
}

function activeConvolution(b: Builder, x: Value, { weight, bias }: VggConvolution): Value {
  const y = b.conv(x, b.constant(weight, 'weight'), { padding: { before: 1, after: 1 } })
  return b.relu(b.add(y, b.constant(floatTensor([1, bias.data.length, 1, 1], bias.data), 'bias')))
}

/** A convolution whose output is that of the original times `level`. */
interface Levelled extends VggConvolution {
  readonly level: number
}

/**
 * The same convolutions with outputs of about the size of the input: only the directions of features count, and where
 * their lengths were free in training they grow from layer to layer, beyond what float16 holds. Levels are powers of
 * two, so that float32 gives the same bits.
 */
function levelledConvolutions(convolutions: readonly VggConvolution[]): readonly Levelled[] {
  let level = 1
  return convolutions.map(({ weight, bias }) => {
    const factor = levellingFactor(weight)
    level *= factor
    return { weight: times(weight, factor), bias: times(bias, level), level }
  })
}

/** Unit vectors over the channels, times sqrt(linear / (H W)). `level` is that of x. */
function tap(b: Builder, x: Value, linear: FloatTensor, level: number): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number]
  const factors = linear.data.map((weight) => Math.sqrt(weight / (height * width)))
  const squares = channelSum(b, b.mul(x, x))
  const unit = b.mul(x, b.div(1, b.sqrt(b.add(squares, epsilon * level ** 2))))
  return b.mul(unit, b.constant(floatTensor([1, channels, 1, 1], factors), 'linear'))
}

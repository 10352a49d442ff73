import { landmarkCount } from '../../face/landmark-groups.ts'
import type { Builder } from '../../graph/builder.ts'
import { samePadding } from '../../graph/kernel.ts'
import type { Value } from '../../graph/value.ts'
import { type FloatTensor, floatTensor } from '../../tensor.ts'
import { shapedWeight, type Weights } from '../../weights.ts'

/** Width and height of the picture of a face that the network sees. */
export const landmarkSize = 112

/** What is taken from red, green and blue, the mean of the pictures it was trained on. */
const meanColour = [122.782, 117.001, 104.298] as const

/** A convolution, or a depthwise one and the one of single points that follows it, in TensorFlow's layout. */
interface Layer {
  /** [height, width, inputs, outputs]. */
  readonly kernels: readonly [FloatTensor] | readonly [depthwise: FloatTensor, pointwise: FloatTensor]
  /** [outputs]. */
  readonly bias: FloatTensor
}

/**
 * The 68-point network of face-api (face_landmark_68_model): four blocks of four 3x3 convolutions, depthwise
 * separable but for the very first, each of which adds to all before it in its block (after Huang et al. 2017,
 * "Densely Connected Convolutional Networks"), the mean over what remains, and one linear layer.
 */
export interface FaceLandmarks {
  readonly blocks: readonly (readonly Layer[])[]
  /** [features, 136]. */
  readonly weights: FloatTensor
  /** [136]. */
  readonly bias: FloatTensor
}

const blockCount = 4
const layerCount = 4

/** @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit */
export function readFaceLandmarks(stored: Weights): FaceLandmarks {
  let channels = 3
  const blocks = Array.from({ length: blockCount }, (_, block) =>
    Array.from({ length: layerCount }, (_, place): Layer => {
      const layer = readLayer(stored, `dense${block}/conv${place}`, channels)
      channels = layer.bias.data.length
      return layer
    }),
  )
  const outputs = 2 * landmarkCount
  const weights = shapedWeight(stored, 'fc/weights', [channels, outputs])
  return { blocks, weights, bias: shapedWeight(stored, 'fc/bias', [outputs]) }
}

function readLayer(stored: Weights, prefix: string, inputs: number): Layer {
  const whole = stored.has(`${prefix}/filters`)
  const kernels = whole
    ? ([shapedWeight(stored, `${prefix}/filters`, [3, 3, inputs, undefined])] as const)
    : ([
        shapedWeight(stored, `${prefix}/depthwise_filter`, [3, 3, inputs, 1]),
        shapedWeight(stored, `${prefix}/pointwise_filter`, [1, 1, inputs, undefined]),
      ] as const)
  return { kernels, bias: shapedWeight(stored, `${prefix}/bias`, [kernels.at(-1)!.shape[3]]) }
}

/**
 * The 68 landmarks (x, y) as fractions of the picture's side, [1, 136].
 *
 * @param picture [1, 3, 112, 112], 0..255
 */
export function findLandmarks(b: Builder, { blocks, weights, bias }: FaceLandmarks, picture: Value): Value {
  const mean = b.constant(floatTensor([1, 3, 1, 1], [...meanColour]), 'meanColour')
  let x = b.div(b.sub(picture, mean), 255)
  for (const [i, layers] of blocks.entries()) x = b.scope(`dense${i}`, () => block(b, x, layers))
  const features = b.reduceMean(x, { axes: [2, 3], keep: false })
  const weight = b.constant(weights, 'weights')
  return b.add(b.matMul(features, weight), b.constant(bias, 'bias'))
}

/** Halves the map in its first layer; each further layer sees the sum of all before it. */
function block(b: Builder, x: Value, layers: readonly Layer[]): Value {
  let sum: Value | undefined
  let seen = x
  for (const [i, layer] of layers.entries()) {
    const y = b.scope(`conv${i}`, () => convolved(b, seen, layer, sum === undefined ? 2 : 1))
    // The first is made positive before it is added to, the others only as part of the sum.
    sum = sum === undefined ? b.relu(y) : b.add(sum, y)
    seen = b.relu(sum)
  }
  return seen
}

function convolved(b: Builder, x: Value, { kernels, bias }: Layer, stride: number): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number]
  const [first, pointwise] = kernels
  const padding = { rows: samePadding(height, 3, stride), columns: samePadding(width, 3, stride) }
  const order = pointwise === undefined ? [3, 2, 0, 1] : [2, 3, 0, 1]
  const kernel = b.transpose(b.constant(first, 'kernel'), { order })
  const groups = pointwise === undefined ? 1 : channels
  const filtered = b.conv(x, kernel, { stride, padding, groups })
  const y =
    pointwise === undefined
      ? filtered
      : b.conv(filtered, b.transpose(b.constant(pointwise, 'pointwise'), { order: [3, 2, 0, 1] }), {})
  return b.add(y, b.constant(floatTensor([1, bias.data.length, 1, 1], bias.data), 'bias'))
}

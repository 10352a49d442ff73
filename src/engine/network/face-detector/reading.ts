import { type FloatTensor, floatTensor, timesInTurn } from '../../tensor.ts'
import { shapedWeight, type Weights } from '../../weights.ts'

/** Added to the variances of batch normalisation, as TensorFlow's object detection does. */
const epsilon = 1e-3

/** A convolution in TensorFlow's layout. */
export interface Layer {
  /** [height, width, inputs, outputs]; of a depthwise one [height, width, channels, 1]. */
  readonly kernel: FloatTensor
  /** [outputs]. */
  readonly bias: FloatTensor
}

/** A depthwise convolution and the one of single points that follows it. */
export interface Separable {
  readonly depthwise: Layer
  readonly pointwise: Layer
}

/** Predicts boxes and classes at each place of a feature map, for one or more anchors. */
export interface Predictor {
  /** 4 outputs an anchor: shifts of the centre's y and x, logarithms of height and width. */
  readonly boxes: Layer
  /** 3 outputs an anchor: background, face, unused. */
  readonly classes: Layer
}

/**
 * SSD with MobileNetV1 for faces (Liu et al. 2016, "SSD: Single Shot MultiBox Detector"; Howard et al. 2017,
 * "MobileNets"), by the names of face-api's ssd_mobilenetv1_model.
 */
export interface FaceDetector {
  /** 3x3, stride 2. */
  readonly stem: Layer
  /** The 13 blocks of MobileNetV1. */
  readonly blocks: readonly Separable[]
  /** Pairs of 1x1 and 3x3 with stride 2, each pair half as large as the one before. */
  readonly extras: readonly Layer[]
  readonly predictors: readonly Predictor[]
  /** [1, N, 4]: top, left, bottom, right as fractions of the input. */
  readonly anchors: FloatTensor
}

const blockCount = 13
const extraCount = 8
const predictorCount = 6

/**
 * Reads the detector; batch normalisation becomes part of the depthwise kernels.
 *
 * @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit
 */
export function readFaceDetector(weights: Weights): FaceDetector {
  const normalised = (prefix: string, size: number, inputs: number | undefined): Layer => {
    const kernel = shapedWeight(weights, `${prefix}/weights`, [size, size, inputs, undefined])
    const bias = shapedWeight(weights, `${prefix}/convolution_bn_offset`, [kernel.shape[3]])
    return { kernel, bias }
  }
  const stem = normalised('MobilenetV1/Conv2d_0_pointwise', 3, 3)
  let channels = stem.kernel.shape[3]!
  const blocks = Array.from({ length: blockCount }, (_, i): Separable => {
    const depthwise = readDepthwise(weights, `MobilenetV1/Conv2d_${i + 1}_depthwise`, channels)
    const pointwise = normalised(`MobilenetV1/Conv2d_${i + 1}_pointwise`, 1, channels)
    channels = pointwise.kernel.shape[3]!
    return { depthwise, pointwise }
  })
  const extras = Array.from({ length: extraCount }, (_, i) => {
    const layer = normalised(`Prediction/Conv2d_${i}_pointwise`, i % 2 === 0 ? 1 : 3, channels)
    channels = layer.kernel.shape[3]!
    return layer
  })
  const predictors = Array.from({ length: predictorCount }, (_, i): Predictor => {
    const read = (name: string): Layer => {
      const prefix = `Prediction/BoxPredictor_${i}/${name}`
      const kernel = shapedWeight(weights, `${prefix}/weights`, [1, 1, undefined, undefined])
      return { kernel, bias: shapedWeight(weights, `${prefix}/biases`, [kernel.shape[3]]) }
    }
    return { boxes: read('BoxEncodingPredictor'), classes: read('ClassPredictor') }
  })
  const anchors = shapedWeight(weights, 'Output/extra_dim', [1, undefined, 4])
  return { stem, blocks, extras, predictors, anchors }
}

function readDepthwise(weights: Weights, prefix: string, channels: number): Layer {
  const read = (name: string) => shapedWeight(weights, `${prefix}/BatchNorm/${name}`, [channels]).data
  const [gain, shift, mean, variance] = [
    read('gamma'),
    read('beta'),
    read('moving_mean'),
    read('moving_variance'),
  ]
  const kernel = shapedWeight(weights, `${prefix}/depthwise_weights`, [3, 3, channels, 1])
  const scale = gain.map((value, c) => value / Math.sqrt(variance[c]! + epsilon))
  return {
    kernel: timesInTurn(kernel, scale),
    bias: floatTensor(
      [channels],
      shift.map((value, c) => value - mean[c]! * scale[c]!),
    ),
  }
}

import { type FloatTensor, floatTensor, timesInTurn } from '../../tensor.ts'
import { shapedWeight, type Weights } from '../../weights.ts'

/** A convolution in TensorFlow's layout. */
export interface Layer {
  /** [height, width, inputs, outputs]. */
  readonly kernel: FloatTensor
  /** [outputs]. */
  readonly bias: FloatTensor
}

/** Two 3x3 convolutions and a way around them (He et al. 2016, "Deep Residual Learning"). */
export interface Block {
  readonly first: Layer
  readonly second: Layer
  /** Whether it halves its map. */
  readonly halves: boolean
}

/** Numbers that describe a face. */
export const descriptorSize = 128

/**
 * The residual network of dlib (King 2017, "High Quality Face Recognition with Deep Metric Learning"), by the names of
 * face-api's face_recognition_model.
 */
export interface FaceRecognition {
  /** 7x7, stride 2. */
  readonly stem: Layer
  readonly blocks: readonly Block[]
  /** [features, 128]. */
  readonly projection: FloatTensor
}

/** Of each block: its name, its outputs, and whether it halves its map. */
const blockNames: readonly (readonly [name: string, outputs: number, halves: boolean])[] = [
  ['conv32_1', 32, false],
  ['conv32_2', 32, false],
  ['conv32_3', 32, false],
  ['conv64_down', 64, true],
  ['conv64_1', 64, false],
  ['conv64_2', 64, false],
  ['conv64_3', 64, false],
  ['conv128_down', 128, true],
  ['conv128_1', 128, false],
  ['conv128_2', 128, false],
  ['conv256_down', 256, true],
  ['conv256_1', 256, false],
  ['conv256_2', 256, false],
  ['conv256_down_out', 256, true],
]

const stemOutputs = 32

/**
 * Reads the network; the scale after each convolution becomes part of it.
 *
 * @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit
 */
export function readFaceRecognition(weights: Weights): FaceRecognition {
  const stem = readLayer(weights, 'conv32_down', 7, 3, stemOutputs)
  let channels = stemOutputs
  const blocks = blockNames.map(([name, outputs, halves]): Block => {
    const first = readLayer(weights, `${name}/conv1`, 3, channels, outputs)
    channels = outputs
    return { first, second: readLayer(weights, `${name}/conv2`, 3, outputs, outputs), halves }
  })
  return { stem, blocks, projection: shapedWeight(weights, 'fc', [channels, descriptorSize]) }
}

function readLayer(weights: Weights, prefix: string, size: number, inputs: number, outputs: number): Layer {
  const kernel = shapedWeight(weights, `${prefix}/conv/filters`, [size, size, inputs, outputs])
  const vector = (name: string) => shapedWeight(weights, `${prefix}/${name}`, [outputs]).data
  const [bias, scale, shift] = [vector('conv/bias'), vector('scale/weights'), vector('scale/biases')]
  return {
    kernel: timesInTurn(kernel, scale),
    bias: floatTensor(
      [outputs],
      shift.map((value, c) => value + bias[c]! * scale[c]!),
    ),
  }
}

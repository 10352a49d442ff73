import { MienError } from '../../errors.ts'
import { landmarkCount } from '../../face/landmark-groups.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Value } from '../../graph/value.ts'
import { floatTensor } from '../../tensor.ts'
import type { Weights } from '../../weights.ts'
import { type Convolution, readConvolution, readNormalised } from './batch-normalisation.ts'
import { type Block, block, readBlock } from './block.ts'

/**
 * The face alignment network, FAN (Bulat and Tzimiropoulos 2017, "How far are we from solving the 2D & 3D Face
 * Alignment problem?"): a stack of hourglasses, each of which sees the heat maps of the one before. Names are those
 * of the face-alignment package; widths and the number of modules follow from the weights. F features.
 *
 *     conv1, bn1      7x7, stride 2, ReLU                                     [N, F/4, 128, 128]
 *     conv2           block, then the mean of 2x2                             [N, F/2, 64, 64]
 *     conv3, conv4    blocks                                                  [N, F, 64, 64] = x
 *     a module i:
 *     m{i}            hourglass of depth 4                                    [N, F, 64, 64]
 *     top_m_{i}       block
 *     conv_last{i}    1x1, bn_end{i}, ReLU                                    [N, F, 64, 64] = y
 *     l{i}            1x1                                                     [N, 68, 64, 64]: the heat maps
 *     bl{i}, al{i}    1x1 of y and of the heat maps, added to x for the next module
 *
 * An hourglass of level d adds two branches: b1_d at full size; and at half size (mean of 2x2) b2_d, the hourglass
 * of level d - 1 (b2_plus_1 at level 1), b3_d, enlarged by nearest neighbour.
 */
export interface Fan {
  readonly features: number
  readonly stem: Convolution
  readonly blocks: readonly [conv2: Block, conv3: Block, conv4: Block]
  readonly modules: readonly Module[]
}

/** Levels of an hourglass: 64 to 4. */
const depth = 4

interface Module {
  readonly hourglass: Hourglass
  readonly top: Block
  readonly last: Convolution
  readonly maps: Convolution
  /** Back to features for the next module; absent in the last. */
  readonly merge: { readonly features: Convolution; readonly maps: Convolution } | undefined
}

interface Hourglass {
  readonly full: Block
  readonly before: Block
  readonly inner: Hourglass | Block
  readonly after: Block
}

/**
 * Reads a FAN of any number of modules.
 *
 * @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit
 */
export function readFan(weights: Weights): Fan {
  const stem = readNormalised(weights, 'bn1', readConvolution(weights, 'conv1', 7, 3, undefined))
  const conv2 = readBlock(weights, 'conv2', stem.weight.shape[0]!)
  const conv3 = readBlock(weights, 'conv3', conv2.outputs)
  const conv4 = readBlock(weights, 'conv4', conv3.outputs)
  const features = conv4.outputs
  const found = weights.get('l0.weight')?.shape[0]
  if (found !== undefined && found !== landmarkCount) {
    throw new MienError(
      'unsupported-model',
      `This landmark network finds ${found} landmarks; Mien compares the ${landmarkCount} of 300-W.`,
      { name: 'l0.weight', hint: 'Give a FAN of face-alignment, such as 2DFAN4.' },
    )
  }
  let count = 1
  while (weights.has(`l${count}.weight`)) count++
  const modules = Array.from({ length: count }, (_, i) => readModule(weights, i, features, i === count - 1))
  return { features, stem, blocks: [conv2, conv3, conv4], modules }
}

function readModule(weights: Weights, i: number, features: number, isLast: boolean): Module {
  const point = (name: string, inputs: number, outputs: number) =>
    readConvolution(weights, `${name}${i}`, 1, inputs, outputs)
  return {
    hourglass: readHourglass(weights, `m${i}`, depth, features),
    top: readSame(weights, `top_m_${i}`, features),
    last: readNormalised(weights, `bn_end${i}`, point('conv_last', features, features)),
    maps: point('l', features, landmarkCount),
    merge: isLast
      ? undefined
      : { features: point('bl', features, features), maps: point('al', landmarkCount, features) },
  }
}

function readHourglass(weights: Weights, prefix: string, level: number, features: number): Hourglass {
  const read = (name: string) => readSame(weights, `${prefix}.${name}`, features)
  return {
    full: read(`b1_${level}`),
    before: read(`b2_${level}`),
    inner: level > 1 ? readHourglass(weights, prefix, level - 1, features) : read('b2_plus_1'),
    after: read(`b3_${level}`),
  }
}

/** A block that keeps the number of channels. */
function readSame(weights: Weights, prefix: string, features: number): Block {
  const found = readBlock(weights, prefix, features)
  if (found.outputs !== features) {
    const name = `${prefix}.conv1.weight`
    throw new MienError(
      'unsupported-model',
      `The block "${prefix}" gives ${found.outputs} channels instead of ${features}.`,
      { name },
    )
  }
  return found
}

/**
 * The heat maps [N, 68, 64, 64] of the last module, or of the first `modules`.
 *
 * @param image [N, 3, 256, 256], 0..1: the picture after shift and scale
 */
export function heatMaps(b: Builder, fan: Fan, image: Value, modules = fan.modules.length): Value {
  const stem = b.relu(convolved(b, image, fan.stem, 'conv1', { stride: 2, reach: 3 }))
  const [conv2, conv3, conv4] = fan.blocks
  const half = b.averagePool(
    b.scope('conv2', () => block(b, stem, conv2)),
    { size: 2 },
  )
  const third = b.scope('conv3', () => block(b, half, conv3))
  let x = b.scope('conv4', () => block(b, third, conv4))
  let maps = x
  for (const [i, module] of fan.modules.slice(0, modules).entries()) {
    const inner = b.scope(`m${i}`, () => hourglass(b, x, module.hourglass, depth))
    const top = b.scope(`top_m_${i}`, () => block(b, inner, module.top))
    const y = b.relu(convolved(b, top, module.last, `conv_last${i}`))
    maps = convolved(b, y, module.maps, `l${i}`)
    if (module.merge === undefined || i === modules - 1) break
    const back = b.add(
      convolved(b, y, module.merge.features, `bl${i}`),
      convolved(b, maps, module.merge.maps, `al${i}`),
    )
    x = b.add(x, back)
  }
  return maps
}

function hourglass(b: Builder, x: Value, { full, before, inner, after }: Hourglass, level: number): Value {
  const upper = b.scope(`b1_${level}`, () => block(b, x, full))
  const small = b.averagePool(x, { size: 2 })
  const entered = b.scope(`b2_${level}`, () => block(b, small, before))
  const passed =
    'full' in inner
      ? hourglass(b, entered, inner, level - 1)
      : b.scope('b2_plus_1', () => block(b, entered, inner))
  const lower = b.scope(`b3_${level}`, () => block(b, passed, after))
  return b.add(upper, b.upsample(lower, { size: 2 }))
}

function convolved(
  b: Builder,
  x: Value,
  { weight, bias }: Convolution,
  name: string,
  { stride = 1, reach = 0 } = {},
): Value {
  return b.scope(name, () => {
    const y = b.conv(x, b.constant(weight, 'weight'), { stride, padding: { before: reach, after: reach } })
    if (bias === undefined) return y
    return b.add(y, b.constant(floatTensor([1, bias.data.length, 1, 1], bias.data), 'bias'))
  })
}

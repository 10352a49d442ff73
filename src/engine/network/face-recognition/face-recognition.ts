import type { Builder } from '../../graph/builder.ts'
import { samePadding } from '../../graph/kernel.ts'
import type { Value } from '../../graph/value.ts'
import { floatTensor } from '../../tensor.ts'
import type { Block, FaceRecognition, Layer } from './reading.ts'

/** Width and height of the picture of a face that the network sees. */
export const recognitionSize = 150

/** What is taken from red, green and blue, the mean of the pictures it was trained on. */
const meanColour = [122.782, 117.001, 104.298] as const

/**
 * Describes a face by numbers of which the Euclidean distance between two pictures of one person is below 0.6, and
 * between pictures of two persons above (dlib's model and face-api's FaceMatcher draw the line there).
 *
 * @param picture [1, 3, 150, 150], 0..255
 * @returns [1, 128], about of length 1.4
 */
export function describeFace(
  b: Builder,
  { stem, blocks, projection }: FaceRecognition,
  picture: Value,
): Value {
  const mean = b.constant(floatTensor([1, 3, 1, 1], [...meanColour]), 'meanColour')
  const scaled = b.div(b.sub(picture, mean), 255)
  let x = b.scope('stem', () => overlappingMaxima(b, b.relu(convolved(b, scaled, stem, 2))))
  for (const [i, block] of blocks.entries()) x = b.scope(`block${i}`, () => residual(b, x, block))
  const features = b.reduceMean(x, { axes: [2, 3], keep: false })
  return b.matMul(features, b.constant(projection, 'projection'))
}

/** A convolution with its bias: with stride 1 the map keeps its size, with stride 2 there is no padding. */
function convolved(b: Builder, x: Value, { kernel, bias }: Layer, stride: 1 | 2): Value {
  const padding = stride === 1 ? samePadding(x.shape[2]!, kernel.shape[0]!, 1) : { before: 0, after: 0 }
  const weight = b.transpose(b.constant(kernel, 'kernel'), { order: [3, 2, 0, 1] })
  const y = b.conv(x, weight, { stride, padding })
  return b.add(y, b.constant(floatTensor([1, bias.data.length, 1, 1], bias.data), 'bias'))
}

function residual(b: Builder, x: Value, { first, second, halves }: Block): Value {
  const y = convolved(b, b.relu(convolved(b, x, first, halves ? 2 : 1)), second, 1)
  return b.relu(halves ? addedToHalf(b, y, x) : b.add(y, x))
}

/** y and the means of x over windows of 2x2; what either has more of rows, columns or channels, counts as added to 0. */
function addedToHalf(b: Builder, y: Value, x: Value): Value {
  const [, channels, extent] = x.shape as [number, number, number]
  const half = Math.floor(extent / 2)
  const means = b.averagePool(upTo(b, upTo(b, x, 2, 2 * half), 3, 2 * half), { size: 2 })
  const grown = [2, 3].reduce((sum, axis) => zerosAfter(b, sum, axis, half - y.shape[axis]!), y)
  return b.add(grown, zerosAfter(b, means, 1, y.shape[1]! - channels))
}

function upTo(b: Builder, x: Value, axis: number, end: number): Value {
  return end === x.shape[axis] ? x : b.slice(x, { axis, start: 0, end })
}

function zerosAfter(b: Builder, x: Value, axis: number, count: number): Value {
  return count === 0 ? x : b.pad(x, { axis, before: 0, after: count })
}

/** The maximum of each window of 3x3, every second row and column, without padding. */
function overlappingMaxima(b: Builder, x: Value): Value {
  return maximaAlong(b, maximaAlong(b, x, 2), 3)
}

/** Of an axis of even extent n the maxima of elements 2i, 2i + 1 and 2i + 2, n / 2 - 1 of them. */
function maximaAlong(b: Builder, x: Value, axis: number): Value {
  const count = x.shape[axis]! / 2
  const pairs = b.reshape(x, { shape: x.shape.toSpliced(axis, 1, count, 2) })
  const every = (place: number, start: number) => {
    const element = b.slice(pairs, { axis: axis + 1, start: place, end: place + 1 })
    const flat = b.reshape(element, { shape: x.shape.with(axis, count) })
    return b.slice(flat, { axis, start, end: start + count - 1 })
  }
  return larger(b, larger(b, every(0, 0), every(1, 0)), every(0, 1))
}

/** The elementwise maximum; its gradient goes to the first of two that are equal. */
function larger(b: Builder, x: Value, y: Value): Value {
  return b.add(x, b.relu(b.sub(y, x)))
}

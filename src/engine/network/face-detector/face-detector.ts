import type { Builder } from '../../graph/builder.ts'
import { samePadding } from '../../graph/kernel.ts'
import type { Value } from '../../graph/value.ts'
import { floatTensor } from '../../tensor.ts'
import type { FaceDetector, Layer, Predictor } from './reading.ts'

/** Width and height of the picture that the detector sees; its anchors are made for it. */
export const detectorSize = 512

/** MobileNetV1 halves its maps in the stem and in these blocks, counted from 1. */
const halvingBlocks: readonly number[] = [2, 4, 6, 12]

/** The block after which the first predictor looks, counted from 1; the second looks after the last. */
const firstLook = 11

/** The encodings of boxes are multiplied by these when the network is trained (Liu et al. 2016). */
const centreScale = 10
const sizeScale = 5

/** What the detector says of each of its N anchors. */
export interface Finds {
  /** [1, N, 4]: top, left, bottom, right as fractions of the input. */
  readonly boxes: Value
  /** [1, N], 0..1. */
  readonly scores: Value
}

/**
 * Looks for faces at six sizes.
 *
 * @param picture [1, 3, 512, 512], 0..255
 */
export function detectFaces(b: Builder, detector: FaceDetector, picture: Value): Finds {
  const { stem, blocks, extras, predictors, anchors } = detector
  const scaled = b.sub(b.div(picture, 127.5), 1)
  let x = b.scope('stem', () => active(b, scaled, stem, 2))
  const maps: Value[] = []
  for (const [i, { depthwise, pointwise }] of blocks.entries()) {
    x = b.scope(`block${i + 1}`, () => {
      const stride = halvingBlocks.includes(i + 1) ? 2 : 1
      return active(b, active(b, x, depthwise, stride, true), pointwise, 1)
    })
    if (i + 1 === firstLook || i === blocks.length - 1) maps.push(x)
  }
  for (const [i, layer] of extras.entries()) {
    x = b.scope(`extra${i}`, () => active(b, x, layer, i % 2 === 0 ? 1 : 2))
    if (i % 2 === 1) maps.push(x)
  }
  const looks = maps.map((map, i) => b.scope(`predictor${i}`, () => predicted(b, map, predictors[i]!)))
  const encodings = b.concat(
    looks.map(({ boxes }) => boxes),
    { axis: 1 },
  )
  const logits = b.concat(
    looks.map(({ faces }) => faces),
    { axis: 1 },
  )
  return {
    boxes: b.scope('boxes', () => decoded(b, encodings, b.constant(anchors, 'anchors'))),
    scores: b.reshape(b.sigmoid(logits), { shape: [1, logits.shape[1]!] }),
  }
}

/** A convolution with 'same' padding, its bias, and limits 0 and 6. */
function active(b: Builder, x: Value, layer: Layer, stride: number, depthwise = false): Value {
  return b.clip(convolved(b, x, layer, stride, depthwise), { low: 0, high: 6 })
}

function convolved(b: Builder, x: Value, { kernel, bias }: Layer, stride: number, depthwise = false): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number]
  const [rows, columns] = kernel.shape as [number, number]
  const order = depthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]
  const weight = b.transpose(b.constant(kernel, 'kernel'), { order })
  const padding = { rows: samePadding(height, rows, stride), columns: samePadding(width, columns, stride) }
  const y = b.conv(x, weight, { stride, padding, groups: depthwise ? channels : 1 })
  return b.add(y, b.constant(floatTensor([1, bias.data.length, 1, 1], bias.data), 'bias'))
}

/** Encodings [1, n, 4] and logits of faces [1, n, 1] of a map, row by row, anchors innermost. */
function predicted(b: Builder, map: Value, { boxes, classes }: Predictor): { boxes: Value; faces: Value } {
  const rows = (layer: Layer, outputs: number) => {
    const y = b.transpose(convolved(b, map, layer, 1), { order: [0, 2, 3, 1] })
    const [, height, width, channels] = y.shape as [number, number, number, number]
    return b.reshape(y, { shape: [1, (height * width * channels) / outputs, outputs] })
  }
  return {
    boxes: b.scope('boxes', () => rows(boxes, 4)),
    faces: b.scope('classes', () => b.slice(rows(classes, 3), { axis: 2, start: 1, end: 2 })),
  }
}

/** Boxes from encodings relative to anchors; all [1, N, 4]. */
function decoded(b: Builder, encodings: Value, anchors: Value): Value {
  const part = (x: Value, start: number) => b.slice(x, { axis: 2, start, end: start + 2 })
  const extent = b.sub(part(anchors, 2), part(anchors, 0))
  const middle = b.mul(b.add(part(anchors, 0), part(anchors, 2)), 0.5)
  const centre = b.add(middle, b.mul(extent, b.div(part(encodings, 0), centreScale)))
  const half = b.mul(b.mul(extent, b.exp(b.div(part(encodings, 2), sizeScale))), 0.5)
  return b.concat([b.sub(centre, half), b.add(centre, half)], { axis: 2 })
}

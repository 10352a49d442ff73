import type { Weights } from '../../src/engine/weights.ts'

/** Multiplications and additions of a convolution [O, I, Ky, Kx] at so many places. */
function convolution(weights: Weights, name: string, places: number): number {
  const { shape } = weights.get(name)!
  return 2 * places * shape.reduce((product, extent) => product * extent, 1)
}

/** A transposed convolution with stride 2 takes its taps at the places of its input, not of its output. */
function generatorForward(weights: Weights, resolution: number): number {
  let total = 0
  for (let r = 4; r <= resolution; r *= 2) {
    if (r > 4) total += convolution(weights, `synthesis.b${r}.conv0.weight`, (r / 2) ** 2)
    total += convolution(weights, `synthesis.b${r}.conv1.weight`, r * r)
    total += convolution(weights, `synthesis.b${r}.torgb.weight`, r * r)
  }
  return total
}

/** The side of the features that a convolution of FAN works on. */
function fanSide(name: string): number {
  if (/^conv1\.|^conv2\./.test(name)) return 128
  const level = /^m\d+\.b([123])_(plus_)?(\d)\./.exec(name)
  if (level === null) return 64
  const [, branch, plus, depth] = level
  const full = 64 / 2 ** (4 - Number(depth))
  return branch === '1' && plus === undefined ? full : full / 2
}

function fanForward(weights: Weights): number {
  let total = 0
  for (const [name, { shape }] of weights) {
    if (shape.length === 4) total += convolution(weights, name, fanSide(name) ** 2)
  }
  return total
}

/** Of VGG16 at 256 x 256; `features.<place>` by the place of the pools before. */
function vggForward(weights: Weights): number {
  let total = 0
  for (const [name, { shape }] of weights) {
    if (shape.length !== 4 || shape[2] !== 3) continue
    const place = Number(/\d+/.exec(name)![0])
    const pools = [4, 9, 16, 23].filter((pool) => place > pool).length
    total += convolution(weights, name, (256 / 2 ** pools) ** 2)
  }
  return total
}

/**
 * Floating-point operations that a step cannot do without: the convolutions forward, and once more for the gradient
 * of their inputs. Everything else is linear in the number of pixels.
 */
export function stepArithmetic(
  generator: Weights,
  resolution: number,
  fan: Weights,
  vgg: Weights,
): Readonly<Record<'generator' | 'landmarks' | 'perceptual', number>> {
  return {
    generator: 2 * generatorForward(generator, resolution),
    landmarks: 2 * fanForward(fan),
    perceptual: 2 * vggForward(vgg),
  }
}

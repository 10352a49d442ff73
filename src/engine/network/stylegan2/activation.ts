import { after } from '../../graph/after.ts'
import type { Builder } from '../../graph/builder.ts'
import type { Value } from '../../graph/value.ts'

/** Negative slope of every leaky ReLU of StyleGAN2. */
export const slope = 0.2
/** Keeps the variance of a leaky ReLU's output near its input's. */
export const activationGain = Math.SQRT2

/** What a synthesis layer does to the output of its convolution. */
export interface Activation {
  /** [C], positive: the demodulation. */
  readonly scale: Value
  /** [H, W], already times its strength. */
  readonly noise: Value | undefined
  /** [C]. */
  readonly bias: Value
  /** Limits the result to [-limit, limit]. */
  readonly limit: number | undefined
  /** Is given the gradients of scale, bias and noise when they are built. */
  readonly onSum: (sum: Value) => void
}

/**
 * y = clip(leakyReLU(t)), t = x * scale + bias + noise, for x [1, C, H, W] (StyleGAN2, figure 2c).
 *
 * The gradient is written by hand, so that neither x nor t is kept for it, which halves the memory of a step. As
 * leakyReLU'(t) t = leakyReLU(t), the gradient h for t has sum(h t) = sum(g y) over the places that were not
 * clipped, so sum(h x) = (sum(g y) - sum(h noise) - bias sum(h)) / scale. All that is computed is k = h * scale,
 * which is the gradient for x; that of the bias, which only training asks for, is sum(k) / scale.
 */
export function activate(b: Builder, x: Value, { scale, noise, bias, limit, onSum }: Activation): Value {
  const [, channels, height, width] = x.shape as [number, number, number, number]
  const area = height * width
  const scaled = b.affine(x, scale, bias)
  const t = noise === undefined ? scaled : b.add(scaled, noise)
  const active = b.leakyRelu(t, { alpha: slope })
  const y = limit === undefined ? active : b.clip(active, { low: -limit, high: limit })

  const gradient = (g: Value) => {
    const inside = limit === undefined ? g : b.mul(g, b.step(b.abs(y), { at: limit, down: true }))
    const whole = b.reduceSum(b.mul(inside, y), { axes: [0, 2, 3], keep: false })
    const steepness = after(b, scale, [whole])
    const factor = b.affine(b.step(y, {}), b.mul(steepness, 1 - slope), b.mul(steepness, slope))
    const k = b.mul(inside, factor)
    const flat = b.reshape(k, { shape: [channels, area] })
    const reported = (build: () => Value) => () => {
      const sum = build()
      onSum(sum)
      return sum
    }
    const scaleGradient = reported(() => {
      const biased = b.mul(b.reduceSum(flat, { axes: [1], keep: false }), bias)
      if (noise === undefined) return b.div(b.sub(whole, b.div(biased, scale)), scale)
      const noisy = b.reshape(b.matMul(flat, b.reshape(noise, { shape: [area, 1] })), { shape: [channels] })
      return b.div(b.sub(whole, b.div(b.add(noisy, biased), scale)), scale)
    })
    const noiseGradient = reported(() => {
      const inverse = b.reshape(b.div(1, scale), { shape: [1, channels] })
      return b.reshape(b.matMul(inverse, flat), { shape: [height, width] })
    })
    const biasGradient = reported(() => b.div(b.reduceSum(flat, { axes: [1], keep: false }), scale))
    return [() => k, scaleGradient, biasGradient, ...(noise === undefined ? [] : [noiseGradient])]
  }
  return b.withGradient([y, x, scale, bias, ...(noise === undefined ? [] : [noise])], { gradient })
}

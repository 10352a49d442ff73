import { expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { activate } from '../../src/engine/network/stylegan2/activation.ts'
import { evaluate, numbersOf, tensorOf } from './run-graph.ts'
import { anywhere, positive, seededRandom } from './samples.ts'

const [channels, height, width] = [3, 4, 5]
const area = height * width

/** The mathematics place by place: the output and the gradients of sum(y * u). */
function reference(
  [x, scale, noise, bias, u]: readonly (readonly number[])[],
  limit: number,
): Record<'y' | 'x' | 'scale' | 'noise', number[]> {
  const slopes = { x: x!.slice(), scale: scale!.map(() => 0), noise: noise!.map(() => 0) }
  const y = x!.map((value, i) => {
    const channel = Math.floor(i / area)
    const place = i % area
    const t = value * scale![channel]! + bias![channel]! + noise![place]!
    const active = t > 0 ? t : 0.2 * t
    const h = Math.abs(active) < limit ? u![i]! * (t > 0 ? 1 : 0.2) : 0
    slopes.x[i] = h * scale![channel]!
    slopes.scale[channel]! += h * value
    slopes.noise[place]! += h
    return Math.min(limit, Math.max(-limit, active))
  })
  return { y, ...slopes }
}

test.each([
  ['nothing', 100],
  ['the positive side', 1.2],
  ['both sides', 0.3],
])('the activation and its gradients where the limit clips %s', async (_, limit) => {
  const random = seededRandom(3)
  const shapes = { x: [1, channels, height, width], scale: [channels], noise: [height, width] } as const
  const x = anywhere(...shapes.x).draw(random)
  const scale = positive(channels).draw(random)
  const noise = anywhere(...shapes.noise).draw(random)
  const bias = anywhere(channels).draw(random)
  const u = anywhere(...shapes.x).draw(random)
  const b = createBuilder()
  const inputs = [
    b.input('x', shapes.x),
    b.input('scale', shapes.scale),
    b.input('noise', shapes.noise),
  ] as const
  const y = activate(b, inputs[0], {
    scale: inputs[1],
    noise: inputs[2],
    bias: b.constant(tensorOf('float32', [channels], bias), 'bias'),
    limit,
    onSum: () => undefined,
  })
  const loss = b.reduceSum(b.mul(y, b.input('u', shapes.x)), { keep: false })
  const [gx, gScale, gNoise] = gradients(b, loss, inputs)
  const results = await evaluate(
    { 'out.y': y, 'out.x': gx!, 'out.scale': gScale!, 'out.noise': gNoise! },
    {
      x: tensorOf('float32', shapes.x, x),
      scale: tensorOf('float32', shapes.scale, scale),
      noise: tensorOf('float32', shapes.noise, noise),
      u: tensorOf('float32', shapes.x, u),
    },
  )
  for (const [name, expected] of Object.entries(reference([x, scale, noise, bias, u], limit))) {
    const found = numbersOf(results[`out.${name}`])
    expect(found).toHaveLength(expected.length)
    for (const [i, value] of expected.entries()) expect(found[i], `${name} ${i}`).toBeCloseTo(value, 4)
  }
})

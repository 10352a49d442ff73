import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { halfPrecision } from '../../src/engine/graph/half-precision.ts'
import { reachable, serialise } from '../../src/engine/graph/onnx.ts'
import { perceptualFeatures } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import { noiseByName } from '../../src/engine/projection/noise.ts'
import { pictureTensor } from '../../src/engine/projection/picture.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { buildStepOutputs } from '../../src/engine/projection/step-graph.ts'
import { targetInputs } from '../../src/engine/projection/targets.ts'
import type { Model, NamedTensors } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, relativeGap, type Tensor } from '../../src/engine/tensor.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { withRoundedHalves } from '../ort/rounded-halves.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureNetworks, fixtureTargets } from './networks.ts'
import { fixtureArray } from './stored.ts'

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')
const maps = networks.generator.noise
const lossScale = 2 ** 10

/** The first step from the latent and noise of the fixtures, without the noise's own term, which is all float32. */
async function inputs(): Promise<NamedTensors> {
  const file = 'tiny64/objective.npz'
  const latent = fixtureArray(file, 'w/latent')
  const noise = maps.flatMap(({ name }) => [...fixtureArray(file, `noise/${name}`).data])
  const zeros = (of: FloatTensor) => floatTensor(of.shape, new Float32Array(of.data.length))
  const flat = floatTensor([noise.length], noise)
  const moments = { latent, noise: flat }
  const { weights, groupWeights } = referenceSettings
  const scalars = { learningRate: 0.1, correction1: 0.1, correction2: Math.sqrt(1e-3) }
  return {
    ...moments,
    ...Object.fromEntries(
      Object.entries(moments).flatMap(([name, tensor]) =>
        ['first', 'second'].map((moment) => [`${name}.${moment}`, zeros(tensor)]),
      ),
    ),
    jitter: zeros(latent),
    ...Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, floatTensor([], [value])])),
    ...targetInputs(await fixtureTargets(runtime, 'tiny64', networks)),
    ...weightInputs({ weights: { ...weights, noiseReg: 0 }, groupWeights }),
  }
}

async function results(model: Model): Promise<Record<string, Tensor>> {
  const session = await runtime.load(model, { threads: 1 })
  try {
    return await session.run(await inputs())
  } finally {
    await session.dispose()
  }
}

describe('a step of tiny64 in float16', async () => {
  const exact = await results(serialise(buildStepOutputs(networks, 'w').outputs))
  const half = halfPrecision(buildStepOutputs(networks, 'w', {}, lossScale).outputs)

  // The processor's runtime computes halves in float32 and drops much of the rounding; arithmetic does not.
  test.each([
    ['on the processor', 2e-2, () => serialise(half)],
    ['with every half rounded', 1e-1, () => serialise(withRoundedHalves(half))],
  ] as const)('comes out as in float32 %s', async (_, limit, model) => {
    const found = await results(model())
    const gaps = new Map(
      ['perceptual', 'landmark', 'loss', 'image', 'next.latent.first'].map((name) => [
        name,
        relativeGap(numbersOf(found[name]), numbersOf(exact[name])),
      ]),
    )
    const noise = (of: Record<string, Tensor>) => noiseByName(maps, of['next.noise.first'] as FloatTensor)
    for (const [name, { data }] of Object.entries(noise(exact))) {
      gaps.set(name, relativeGap(noise(found)[name]!.data, data))
    }
    console.info([...gaps].map(([name, gap]) => `${name} ${gap.toExponential(1)}`).join(', '))
    for (const name of ['perceptual', 'landmark', 'loss']) expect(gaps.get(name), name).toBeLessThan(1e-3)
    expect(gaps.get('image')).toBeLessThan(5e-3)
    expect(gaps.get('next.latent.first')).toBeLessThan(2e-2)
    for (const [name, gap] of gaps) expect(gap, name).toBeLessThan(limit)
    // That it was computed otherwise at all.
    expect(Math.min(...gaps.values())).toBeGreaterThan(1e-7)
  })

  test('has all convolutions in halves but those that give pictures', () => {
    const convolutions = reachable(Object.values(half)).filter(
      ({ source }) => source.kind === 'node' && source.op === 'conv',
    )
    const types = (dtype: string) => convolutions.filter((value) => value.dtype === dtype)
    expect(types('float16').length).toBeGreaterThan(100)
    for (const { name, shape } of types('float32')) expect(shape[1], name).toBeLessThanOrEqual(12)
  })
})

test('the features of the pack, which grow to 1e7 as they are stored, stay far below the largest half', async () => {
  const pack = await loadNetworks(await resolveAllModels({}))
  const resolution = pack.networks.generator.resolution
  const b = createBuilder()
  perceptualFeatures(b, pack.networks.perceptual, b.input('picture', [1, 3, resolution, resolution]))
  const features = b.values.filter(({ source }) => source.kind === 'node' && source.op === 'conv')
  const largest = features.map((value) => b.reduceMax(b.abs(value), { keep: false }))
  const bytes = readFileSync(new URL('../../models/examples/look.png', import.meta.url))
  const picture = pictureTensor(await sharpCodec.decode(bytes, 'look.png'))
  const found = await evaluate(
    Object.fromEntries(largest.map((value, place) => [`largest${place}`, value])),
    { picture },
  )
  const sizes = Object.values(found).flatMap(numbersOf)
  expect(sizes).toHaveLength(13)
  expect(Math.max(...sizes)).toBeLessThan(65504 / 16)
  expect(Math.min(...sizes)).toBeGreaterThan(1)
})

import { describe, expect, test } from 'vitest'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { localityPairs } from '../../src/engine/projection/locality.ts'
import { momentTensors } from '../../src/engine/projection/optimiser.ts'
import { signedPicture } from '../../src/engine/projection/picture.ts'
import { atRest } from '../../src/engine/projection/projector.ts'
import { withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { type TuningPair, type TuningState, tuneGenerator } from '../../src/engine/projection/tuning.ts'
import { buildFeatureGraph, buildTuningGraph } from '../../src/engine/projection/tuning-graph.ts'
import { kernelSize, photographTuning } from '../../src/engine/projection/tuning-settings.ts'
import { readTuningSnapshot, writeTuningSnapshot } from '../../src/engine/projection/tuning-snapshot.ts'
import { weightGradients } from '../../src/engine/projection/weight-gradients.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'

import { type StoredTensor, storedFloats } from '../../src/engine/weights.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'
import { fixtureArray, fixtureNetwork, fixtureWeights } from './stored.ts'

const networks = fixtureNetworks('tiny64')
const { generator } = networks
const runtime = onnxRuntime('cpu')
const latents = fixtureArray('tiny64/weight_gradients.npz', 'latent')
const fingerprint = { settings: 's', models: 'm', pictures: 'p' }

/** Two pictures at two latents, one of which every layer has. */
async function pairs() {
  const wDim = generator.wDim
  const picture = async (name: string) => signedPicture(await fixturePicture(`tiny64/${name}.png`))
  return [
    {
      latent: floatTensor([1, 1, wDim], latents.data.slice(0, wDim)),
      picture: await picture('look'),
      share: 1,
    },
    {
      latent: floatTensor([1, 1, wDim], latents.data.slice(wDim, 2 * wDim)),
      picture: await picture('landmarks'),
      share: 2,
    },
  ]
}

const settings = {
  steps: 24,
  rate: 3e-2,
  seed: 303,
  weights: { square: 2, absolute: 1, detail: 0.5, perceptual: 0 },
}

/** The tuning with every state on its way. */
async function tuned(
  more: Partial<typeof settings> = {},
  { from, company = [] }: { readonly from?: TuningState; readonly company?: readonly TuningPair[] } = {},
) {
  const states: TuningState[] = []
  const losses: number[] = []
  const result = await tuneGenerator(
    runtime,
    networks,
    [...(await pairs()), ...company],
    { ...settings, ...more },
    { onState: (state) => states.push(state), onStep: ({ loss }) => losses.push(loss) },
    { threads: 1, from },
  )
  return { result, states, losses }
}

describe('a tuning', () => {
  test('moves weights by their gradients', async () => {
    const weights = { square: 1, absolute: 0, detail: 0, perceptual: 0 }
    const { states } = await tuned({ steps: 1, weights })
    // The first step takes the pair that the first draw falls on.
    const [first, second] = await pairs()
    const without = Object.fromEntries(
      generator.noise.map(({ name, constant }) => [
        name,
        floatTensor(constant.shape, new Float32Array(constant.data.length)),
      ]),
    )
    const moments = states[0]!.weights
    const gaps = await Promise.all(
      [first!, second!].map(async ({ latent, picture }) => {
        const { gradients } = await weightGradients(runtime, generator, latent, without, picture)
        const each = [...moments].map(([name, { first: mean }]) => {
          const gradient = gradients[name.slice('synthesis.'.length)]!
          return relativeGap(
            mean.data.map((value) => value / 0.1),
            gradient.data,
          )
        })
        return Math.max(...each)
      }),
    )
    expect(Math.min(...gaps)).toBeLessThan(1e-5)
    expect(Math.max(...gaps)).toBeGreaterThan(0.1)
    expect([...moments.keys()].some((name) => name.endsWith('noise_strength'))).toBe(false)
  })

  test('brings the pictures nearer', async () => {
    const { losses } = await tuned({ steps: 60 })
    const mean = (some: readonly number[]) => some.reduce((a, b) => a + b) / some.length
    expect(mean(losses.slice(-10))).toBeLessThan(0.5 * mean(losses.slice(0, 3)))
  })

  let usual: ReturnType<typeof tuned> | undefined
  /** The usual one, which is done once. */
  function whole() {
    usual ??= tuned()
    return usual
  }

  test('goes on from a snapshot to the same bits', async () => {
    const { states, losses, result } = await whole()
    const own = floatTensor([1, 1, 2], [1, 2])
    const bytes = writeTuningSnapshot({ ...states[9]!, own, fingerprint })
    expect(writeTuningSnapshot({ ...states[9]!, own, fingerprint })).toEqual(bytes)
    const read = readTuningSnapshot(bytes, 'x')
    expect(read).toMatchObject({ step: 10, own, fingerprint })
    const rest = await tuned({}, { from: read })
    expect(rest.states.map(({ step }) => step)).toEqual(Array.from({ length: 14 }, (_, i) => i + 11))
    const data = (weights: ReadonlyMap<string, FloatTensor>) =>
      [...weights].map(([name, { data }]) => [name, data])
    expect(data(rest.result.weights)).toEqual(data(result.weights))
    expect(rest.losses).toEqual(losses.slice(10))
    expect(result).toMatchObject({ steps: 24, stopped: false })
  })

  test('that is stopped ends with what it has', async () => {
    let asked = 0
    const { steps, stopped } = await tuneGenerator(runtime, networks, await pairs(), settings, {
      shouldStop: () => asked++ === 3,
    })
    expect({ steps, stopped }).toEqual({ steps: 3, stopped: true })
  })

  test('a snapshot that is damaged is refused', async () => {
    const { states } = await whole()
    const bytes = writeTuningSnapshot({ ...states[0]!, own: floatTensor([1], [1]), fingerprint })
    for (const place of [3, 20, 40, 1000, bytes.length - 1]) {
      const changed = bytes.slice()
      changed[place]! ^= 1
      expect(() => readTuningSnapshot(changed, 'x'), `byte ${place}`).toThrow(
        expect.objectContaining({ code: 'bad-file' }),
      )
    }
    expect(() => readTuningSnapshot(bytes.subarray(0, 500), 'x')).toThrow(/is no snapshot/)
    const [name, moments] = [...states[0]!.weights][0]!
    const broken = { ...moments, second: floatTensor([1], [1]) }
    const misfit = writeTuningSnapshot({
      ...states[0]!,
      ...{ own: floatTensor([1], [1]), fingerprint, weights: new Map([[name, broken]]) },
    })
    expect(() => readTuningSnapshot(misfit, 'x')).toThrow(/is no snapshot/)
  })
})

describe('a tuning as for photographs', () => {
  const photographs = photographTuning(generator)
  const mean = (some: readonly number[]) => some.reduce((a, b) => a + b) / some.length

  test('has the gradients of LPIPS that PyTorch finds in double precision', async () => {
    const expected = fixtureWeights('tiny64/perceptual_weight_gradients.npz')
    const names = [...expected.keys()].filter((name) => name.startsWith('gradient/'))
    const ofLpips = { square: 0, absolute: 0, detail: 0, perceptual: 1 }
    const graph = buildTuningGraph(networks, 1, ofLpips, (name) => name.startsWith('synthesis.'))
    const picture = signedPicture(await fixturePicture('tiny64/look.png'))
    const seeing = await runtime.load(buildFeatureGraph(networks.perceptual, generator.resolution))
    const features = await seeing.run({ picture })
    await seeing.dispose()
    const session = await runtime.load(graph.model)
    const scalar = (value: number) => floatTensor([], [value])
    const outputs = await session.run({
      ...{ learningRate: scalar(0), correction1: scalar(1), correction2: scalar(1) },
      latent: expected.get('latent')!.float32(),
      ...features,
      ...Object.fromEntries(
        [...graph.parameters].flatMap(([name, tensor]) =>
          Object.entries(momentTensors(name, atRest(tensor))),
        ),
      ),
    })
    await session.dispose()
    expect(
      relativeGap(outputs.loss!.data as Float32Array, expected.get('perceptual')!.float32().data),
    ).toBeLessThan(1e-5)
    const gaps = names.map((name) => {
      // Of a first step Adam keeps a tenth of the gradient.
      const { data } = outputs[`next.synthesis.${name.slice('gradient/'.length)}.first`] as FloatTensor
      return relativeGap(
        data.map((value) => value * 10),
        expected.get(name)!.float32().data,
      )
    })
    console.info(`weight gradients of LPIPS: ${Math.max(...gaps).toExponential(1)} from float64 at most`)
    expect(names.length).toBe(graph.parameters.size)
    expect(Math.max(...gaps)).toBeLessThan(1e-4)
  })

  test('takes its rate from the size of the weights', () => {
    const [{ weights }] = [fixtureNetwork('tiny64/generator.pkl', 'G_ema')]
    const larger = [...weights].flatMap(([name, tensor]): [string, StoredTensor][] => {
      const { shape, data } = tensor.float32()
      return name.endsWith('.weight')
        ? [
            [
              name,
              storedFloats(
                floatTensor(
                  shape,
                  data.map((value) => 3 * value),
                ),
              ),
            ],
          ]
        : []
    })
    const network = withTunedWeights(fixtureNetwork('tiny64/generator.pkl', 'G_ema'), new Map(larger), 'x')
    // The weights of the fixture are drawn from N(0, 1).
    expect(kernelSize(generator)).toBeCloseTo(1, 1)
    expect(photographs.rate / 3e-4).toBeCloseTo(1, 1)
    expect(photographTuning(readGenerator(network)).rate).toBeCloseTo(3 * photographs.rate, 8)
  })

  test('brings the pictures nearer', async () => {
    const { losses } = await tuned({ ...photographs, steps: 60, rate: 1e-2 })
    expect(mean(losses.slice(-10))).toBeLessThan(0.7 * mean(losses.slice(0, 3)))
  })

  test('leaves latents near by as they were', async () => {
    const taught = await pairs()
    const locality = { latents: 8, distance: 4, share: 1 }
    const near = (seed: number) => localityPairs(runtime, generator, taught, locality, seed)
    const company = await near(1)
    expect(company.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(3, 10)
    const pivot = taught[0]!.latent.data
    for (const { latent } of company) {
      const apart = Math.hypot(...latent.data.map((value, i) => value - pivot[i]!))
      expect(apart * Math.sqrt(generator.latentCount)).toBeCloseTo(4, 4)
    }
    const others = await near(2)
    expect(await near(2)).toEqual(others)
    const moved = async (company: readonly TuningPair[]) => {
      const { result } = await tuned({ ...photographs, steps: 60, rate: 1e-2 }, { company })
      const network = withTunedWeights(
        fixtureNetwork('tiny64/generator.pkl', 'G_ema'),
        new Map([...result.weights].map(([name, weight]) => [name, storedFloats(weight)])),
        'x',
      )
      const after = await localityPairs(runtime, readGenerator(network), taught, locality, 2)
      return mean(after.map(({ picture }, n) => meanSquare(picture, others[n]!.picture)))
    }
    const [alone, accompanied] = [await moved([]), await moved(company)]
    console.info(
      `pictures near by moved by ${accompanied.toFixed(4)}, without locality by ${alone.toFixed(4)}`,
    )
    expect(accompanied).toBeLessThan(0.5 * alone)
  })
})

function meanSquare(x: FloatTensor, y: FloatTensor): number {
  return x.data.reduce((sum, value, i) => sum + (value - y.data[i]!) ** 2, 0) / x.data.length
}

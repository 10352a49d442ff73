import { describe, expect, test } from 'vitest'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { signedPicture } from '../../src/engine/projection/picture.ts'
import { type TuningSettings, type TuningState, tuneGenerator } from '../../src/engine/projection/tuning.ts'
import { readTuningSnapshot, writeTuningSnapshot } from '../../src/engine/projection/tuning-snapshot.ts'
import { weightGradients } from '../../src/engine/projection/weight-gradients.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixturePicture } from './networks.ts'
import { fixtureArray, fixtureNetwork } from './stored.ts'

const generator = readGenerator(fixtureNetwork('tiny64/generator.pkl', 'G_ema'))
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

const settings: TuningSettings = {
  steps: 24,
  rate: 3e-2,
  seed: 303,
  weights: { square: 2, absolute: 1, detail: 0.5 },
}

/** The tuning with every state on its way. */
async function tuned(more: Partial<TuningSettings> = {}, from?: TuningState) {
  const states: TuningState[] = []
  const losses: number[] = []
  const result = await tuneGenerator(
    runtime,
    generator,
    await pairs(),
    { ...settings, ...more },
    { onState: (state) => states.push(state), onStep: ({ loss }) => losses.push(loss) },
    { threads: 1, from },
  )
  return { result, states, losses }
}

describe('a tuning', () => {
  test('moves weights by their gradients', async () => {
    const weights = { square: 1, absolute: 0, detail: 0 }
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

  test('goes on from a snapshot to the same bits', async () => {
    const whole = await tuned()
    const own = floatTensor([1, 1, 2], [1, 2])
    const bytes = writeTuningSnapshot({ ...whole.states[9]!, own, fingerprint })
    expect(writeTuningSnapshot({ ...whole.states[9]!, own, fingerprint })).toEqual(bytes)
    const read = readTuningSnapshot(bytes, 'x')
    expect(read).toMatchObject({ step: 10, own, fingerprint })
    const rest = await tuned({}, read)
    expect(rest.states.map(({ step }) => step)).toEqual(Array.from({ length: 14 }, (_, i) => i + 11))
    const data = (weights: ReadonlyMap<string, FloatTensor>) =>
      [...weights].map(([name, { data }]) => [name, data])
    expect(data(rest.result.weights)).toEqual(data(whole.result.weights))
    expect(rest.losses).toEqual(whole.losses.slice(10))
    expect(whole.result).toMatchObject({ steps: 24, stopped: false })
  })

  test('that is stopped ends with what it has', async () => {
    let asked = 0
    const { steps, stopped } = await tuneGenerator(runtime, generator, await pairs(), settings, {
      shouldStop: () => asked++ === 3,
    })
    expect({ steps, stopped }).toEqual({ steps: 3, stopped: true })
  })

  test('a snapshot that is damaged is refused', async () => {
    const { states } = await tuned({ steps: 1 })
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

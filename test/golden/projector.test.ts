import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { noiseByName } from '../../src/engine/projection/noise.ts'
import { openProjector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister, type Randomness } from '../../src/engine/projection/randomness.ts'
import { ratesAt } from '../../src/engine/projection/schedule.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { full } from '../full.ts'
import { fixtureNetworks, fixtureTargets, type Size } from './networks.ts'
import { searched } from './searched.ts'
import { fixtureArray } from './stored.ts'

const runtime = onnxRuntime('cpu')

/** Gives the draws of a list, in order. */
function injected(draws: readonly Float32Array[]): Randomness {
  const queue = draws.values()
  return {
    normals(count) {
      const next = queue.next().value
      if (next?.length !== count) throw new Error(`${count} draws were asked for, ${next?.length} injected`)
      return next
    },
  }
}

async function openFixture(size: Size) {
  const networks = fixtureNetworks(size)
  const targets = await fixtureTargets(runtime, size, networks)
  const statistics = await latentStatistics(runtime, networks.generator)
  const projector = await openProjector(runtime, networks, statistics, 'w', { threads: 1 })
  return { networks, targets, projector }
}

type End = Awaited<ReturnType<typeof searched>>

type Opened = Awaited<ReturnType<typeof openFixture>>

/**
 * Runs to the end from each seed; the last states and their evaluations without jitter.
 *
 * @param areEnough - Whether the rest of the seeds could change nothing
 */
async function runsToEnd(
  { targets, projector }: Opened,
  steps: number,
  seeds: readonly number[],
  areEnough: (ends: readonly End[]) => boolean = () => false,
) {
  const ends: End[] = []
  for (const seed of seeds) {
    if (areEnough(ends)) break
    ends.push(await searched(projector, targets, { ...referenceSettings, steps, seed }))
  }
  return ends
}

/** Those first that end low on the processor that this was written on: they decide soonest. */
const nineSeeds = [5, 4, 1, 2, 3, 6, 7, 8, 9]

interface ReferenceRun {
  /** Perceptual, landmark, noise and loss of each. */
  readonly final_of_three_seeds: readonly (readonly number[])[]
  readonly final_losses_of_many_seeds?: { readonly loss: readonly number[] }
}

function referenceRun(size: Size): ReferenceRun {
  return JSON.parse(readFileSync(new URL(`../fixtures/${size}/reference-run.json`, import.meta.url), 'utf8'))
}

const inOrder = (values: readonly number[]) => [...values].sort((a, b) => a - b)
const median = (values: readonly number[]) => inOrder(values)[values.length >> 1]!

/** In how many pairs that of `ours` is the smaller; equal ones count half. */
function pairsWithSmaller(ours: readonly number[], others: readonly number[]): number {
  return ours
    .flatMap((own) => others.map((other) => (own < other ? 1 : own === other ? 0.5 : 0) as number))
    .reduce((a, b) => a + b, 0)
}

describe('the projector', () => {
  let opened: Opened
  beforeAll(async () => {
    opened = await openFixture('tiny64')
  })
  afterAll(() => opened.projector.dispose())

  test('follows the trajectory of the reference when it is given its draws', async () => {
    const file = 'tiny64/trajectory.npz'
    const { networks, targets, projector } = opened
    const maps = networks.generator.noise.map(({ name }) => fixtureArray(file, `initial_noise/${name}`).data)
    const jitter = fixtureArray(file, 'w_noise')
    const steps = jitter.shape[0]!
    const wDim = jitter.shape[2]!
    const draws = Array.from({ length: steps }, (_, step) =>
      jitter.data.subarray(step * wDim, (step + 1) * wDim),
    )
    const random = injected([...maps, ...draws])
    const latents = fixtureArray(file, 'latents').data
    const losses = fixtureArray(file, 'losses').data
    let state = projector.start(random)
    const latentGaps: number[] = []
    const lossGaps: number[] = []
    for (let step = 0; step < steps; step++) {
      const result = await projector.step(state, targets, { ...referenceSettings, steps }, random)
      state = result.next
      const latent = latents.subarray(step * wDim, (step + 1) * wDim)
      latentGaps.push(relativeGap(state.latent.parameter.data, latent))
      const { perceptual, landmark, loss } = result.metrics
      const [p, l, , total] = losses.subarray(step * 4, step * 4 + 4)
      lossGaps.push(
        Math.max(
          relativeGap([perceptual], [p!]),
          relativeGap([landmark], [l!]),
          relativeGap([loss], [total!]),
        ),
      )
    }
    const worst = (gaps: readonly number[]) => Math.max(...gaps).toExponential(1)
    console.info(
      `trajectory of the reference, largest gaps: 10 steps, terms ${worst(lossGaps.slice(0, 10))}, ` +
        `latent ${worst(latentGaps.slice(0, 10))}; all ${steps}, terms ${worst(lossGaps)}, latent ${worst(latentGaps)}`,
    )
    expect(latentGaps[0]).toBeLessThan(1e-4)
    expect(Math.max(...lossGaps.slice(0, 3))).toBeLessThan(1e-3)
    // From the second step on Adam divides small gradients by their own size, and rounding decides some of them (see
    // make_float64.py): PyTorch in float32 and in float64 leave this path as far (2e-2 and 6e-3 after ten steps).
    expect(Math.max(...lossGaps.slice(0, 10))).toBeLessThan(2e-2)
    expect(Math.max(...latentGaps.slice(0, 10))).toBeLessThan(0.1)
    expect(Math.max(...lossGaps)).toBeLessThan(0.1)
    expect(Math.max(...latentGaps)).toBeLessThan(0.4)
    for (const [name, map] of Object.entries(noiseByName(networks.generator.noise, state.noise.parameter))) {
      expect(relativeGap(map.data, fixtureArray(file, `final_noise/${name}`).data), name).toBeLessThan(0.1)
    }
  })

  test('follows a search in float64 step by step, where rounding does not decide', async () => {
    const file = 'tiny64/float64.npz'
    const { targets, projector } = opened
    const random = new MersenneTwister(fixtureArray(file, 'search/seed').data[0]!)
    const latents = fixtureArray(file, 'search/latents')
    const terms = fixtureArray(file, 'search/landmark').data
    const [steps, wDim] = latents.shape as [number, number]
    const weights = { ...referenceSettings.weights, perceptual: 0 }
    let state = projector.start(random)
    for (let step = 0; step < steps; step++) {
      const result = await projector.step(
        state,
        targets,
        { ...referenceSettings, weights, steps: 40 },
        random,
      )
      state = result.next
      const latent = latents.data.subarray(step * wDim, (step + 1) * wDim)
      expect(relativeGap([result.metrics.landmark], [terms[step]!]), `term ${step}`).toBeLessThan(1e-4)
      expect(relativeGap(state.latent.parameter.data, latent), `latent ${step}`).toBeLessThan(1e-3)
    }
  })

  test('has the learning rates of the reference', () => {
    const expected = fixtureArray('tiny64/trajectory.npz', 'learning_rate').data
    const rates = Array.from({ length: 40 }, (_, step) => ratesAt(step / 40).learningRate)
    expect(relativeGap(rates, expected)).toBeLessThan(1e-6)
  })

  // Where a search ends is chance: rounding, and so the processor, decides which minimum is found, and one search in six
  // ends a fifth above the others. So ends are compared as distributions, by Mann and Whitney's U: in how many pairs ours is
  // the larger. If both are drawn from one distribution, 164 of 180 pairs or more are met once in 10 000 times (counted
  // over all orders of 9 and 20); drawn from 140 ends of ours, with one thread or two and with the runtime's
  // optimisations or without, three times in a million. Losses that are 15 % higher are found six times of seven.
  // `npm test` ends as soon as the pairs that are left, were ours the larger in all of them, would not make 164.
  test('ends where the searches of the reference end: nine seeds of 200 steps beside twenty', async () => {
    const reference = referenceRun('tiny64').final_losses_of_many_seeds!.loss
    const pairs = nineSeeds.length * reference.length
    const lossesOf = (ends: readonly End[]) => ends.map(({ metrics }) => metrics.loss)
    const isDecided = (ends: readonly End[]) =>
      !full && pairs - pairsWithSmaller(lossesOf(ends), reference) < 164
    const losses = lossesOf(await runsToEnd(opened, 200, nineSeeds, isDecided))
    const smaller = pairsWithSmaller(losses, reference)
    console.info(
      `final losses ${inOrder(losses)
        .map((loss) => loss.toFixed(2))
        .join(' ')}; median ${median(losses).toFixed(3)}, ` +
        `the reference's ${median(reference).toFixed(3)}; smaller in ${smaller} of ${losses.length * reference.length} pairs`,
    )
    expect(pairs - smaller).toBeLessThan(164)
  }, 600_000)

  // Of tiny512 three ends of the reference are known, too few for that. Of 24 of ours one lay a fifth above their mean.
  test.runIf(full)(
    'ends near the reference on tiny512',
    async () => {
      const ends = referenceRun('tiny512').final_of_three_seeds.map((columns) => columns[3]!)
      const larger = await openFixture('tiny512')
      const losses = (await runsToEnd(larger, 200, nineSeeds)).map(({ metrics }) => metrics.loss)
      await larger.projector.dispose()
      expect(median(losses) / median(ends)).toBeLessThan(1.2)
    },
    600_000,
  )

  test('gives the same bits for the same seed', async () => {
    const [first, other] = await runsToEnd(opened, 12, [7, 8])
    const another = await openFixture('tiny64')
    const [second] = await runsToEnd(another, 12, [7])
    await another.projector.dispose()
    expect(second!.state).toEqual(first!.state)
    expect(second!.metrics).toEqual(first!.metrics)
    expect(other!.state.latent.parameter.data).not.toEqual(first!.state.latent.parameter.data)
  })
})

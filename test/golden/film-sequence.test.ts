import { beforeAll, describe, expect, test } from 'vitest'
import type { AskedFrame, FoundFrame } from '../../src/engine/animation/film-hooks.ts'
import { referenceFilmSettings } from '../../src/engine/animation/reference-film.ts'
import { animateInTurn, type SequenceSetup } from '../../src/engine/animation/sequence.ts'
import { photographDeviation } from '../../src/engine/face/drawn-heat-maps.ts'
import { drawNoise, noiseByName } from '../../src/engine/projection/noise.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'
import { fixtureArray } from './stored.ts'

const file = 'tiny64/film.npz'
/** Of each frame, as in make_float64.py. */
const steps = 6

/** What is stored for each frame. */
function ofFrames({ shape: [count], data }: FloatTensor): readonly Float32Array[] {
  const size = data.length / count!
  return Array.from({ length: count! }, (_, i) => data.slice(i * size, (i + 1) * size))
}

async function found(setup: SequenceSetup): Promise<readonly FoundFrame[]> {
  const frames: FoundFrame[] = []
  await animateInTurn(setup, { onFrame: (frame) => void frames.push(frame) })
  return frames
}

describe('a film that is searched frame by frame', () => {
  const start = fixtureArray(file, 'start')
  const exact = ofFrames(fixtureArray(file, 'latents')).map((data) => floatTensor(start.shape, data))
  const frames: readonly AskedFrame[] = ofFrames(fixtureArray(file, 'targets')).map((target, i) => ({
    index: i + 1,
    target,
  }))
  let setup: SequenceSetup
  beforeAll(async () => {
    const networks = fixtureNetworks('tiny64')
    const { noise: maps, zDim } = networks.generator
    const seed = fixtureArray(file, 'seed').data[0]!
    const random = new MersenneTwister(seed)
    random.normals(start.shape[1]! * zDim)
    const { weights } = referenceFilmSettings
    setup = {
      runtime: onnxRuntime('cpu'),
      networks: async () => networks,
      look: { image: await fixturePicture('tiny64/look.png'), deviation: photographDeviation },
      firstTarget: frames[0]!.target,
      settings: { ...referenceFilmSettings, seed, weights: { ...weights, perceptual: 0 } },
      options: { threads: 1 },
      first: { latent: start, noise: noiseByName(maps, drawNoise(maps, random)) },
      ...{ frames, steps },
    }
  })

  // From frame to frame rounding grows a hundredfold, as wherever Adam divides what nearly vanishes by its own size.
  test('comes from the frame before where the formulas of the reference come to in float64', async () => {
    const gaps: number[] = []
    for (const [i, frame] of frames.entries()) {
      const [{ latent }] = (await found({
        ...setup,
        before: exact[i - 1] ?? start,
        frames: [frame],
      })) as [FoundFrame]
      expect(latent.shape).toEqual(start.shape)
      gaps.push(relativeGap(latent.data, exact[i]!.data))
    }
    console.info(`frames from float64: ${gaps.map((gap) => gap.toExponential(1)).join(', ')}`)
    expect(gaps).toHaveLength(3)
    for (const gap of gaps) expect(gap).toBeLessThan(1e-4)
  })

  test('goes on from the latent before to the same bits', async () => {
    const all = await found(setup)
    expect(relativeGap(all[2]!.latent.data, exact[2]!.data)).toBeLessThan(0.1)
    expect(await found({ ...setup, before: all[0]!.latent, frames: frames.slice(1) })).toEqual(all.slice(1))
  })
})

import { describe, expect, test } from 'vitest'
import { findFilmDirections, linearStarts } from '../../src/engine/animation/film-directions.ts'
import { frameError } from '../../src/engine/animation/frame-targets.ts'
import { frameRates, refinedFrame } from '../../src/engine/animation/refined-frame.ts'
import type { ProjectionState } from '../../src/engine/projection/projection-state.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { StepRates } from '../../src/engine/projection/schedule.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import type { Targets } from '../../src/engine/projection/targets.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'

const [wDim, count, coordinates, cells] = [16, 4, 136, 12]
const normals = (seed: number, size: number) => new MersenneTwister(seed).normals(size)
const directions = floatTensor([count, wDim], normals(1, count * wDim))
const first = floatTensor([1, 1, wDim], normals(2, wDim))
const slopes = normals(3, wDim * (coordinates + cells)).map((value) => value * 0.05)

/** A world in which all that is seen is linear in the latent, the rows of which count alike. */
function seenIn({ shape, data }: FloatTensor, coloursFollow: boolean): Float64Array {
  const rows = shape[1]!
  return Float64Array.from({ length: coordinates + cells }, (_, i) => {
    if (i >= coordinates && !coloursFollow) return 0.5
    return data.reduce(
      (sum, value, k) => sum + (value * slopes[(k % wDim) * (coordinates + cells) + i]!) / rows,
      0.5,
    )
  })
}

const sightOf = (coloursFollow: boolean) => ({
  async look(latent: FloatTensor) {
    const seen = Float32Array.from(seenIn(latent, coloursFollow))
    const image = { width: 1, height: 1, data: new Uint8Array(3) }
    return { image, points: seen.slice(0, coordinates), colours: seen.slice(coordinates) }
  },
})

/** The latent so far along each direction. */
function along(from: FloatTensor, lengths: readonly number[]): FloatTensor {
  const data = from.data.map((value, i) =>
    lengths.reduce((sum, length, row) => sum + length * directions.data[row * wDim + (i % wDim)]!, value),
  )
  return floatTensor(from.shape, data)
}

const asked = [0.8, -0.5, 0.3, 1.1]

describe("a frame's linear start", () => {
  test.each([1, 3])('finds in a linear world the latent of its landmarks, of %i rows', async (rows) => {
    const repeated = Float32Array.from({ length: rows * wDim }, (_, i) => first.data[i % wDim]!)
    const from = floatTensor([1, rows, wDim], repeated)
    const there = along(from, asked)
    const told: number[] = []
    const known = await findFilmDirections(sightOf(false), from, directions, () => told.push(1))
    expect(told.length).toBe(count)
    expect(known.response.shape).toEqual([count, coordinates + cells])
    const start = linearStarts(from, known).at(seenIn(there, false).subarray(0, coordinates))
    expect(start.shape).toEqual([1, rows, wDim])
    // The damping leaves a little of the way.
    for (const [i, value] of start.data.entries()) expect(value).toBeCloseTo(there.data[i]!, 2)
  })

  test('stays where the landmarks are met', async () => {
    const known = await findFilmDirections(sightOf(true), first, directions)
    const start = linearStarts(first, known).at(known.seen.data.subarray(0, coordinates))
    expect(start.data).toEqual(first.data)
  })

  test('goes a little less far where colours would change with it', async () => {
    const target = seenIn(along(first, asked), true).subarray(0, coordinates)
    const reach = async (coloursFollow: boolean) => {
      const known = await findFilmDirections(sightOf(coloursFollow), first, directions)
      const start = linearStarts(first, known).at(target)
      return Math.hypot(...start.data.map((value, i) => value - first.data[i]!))
    }
    const [free, held] = [await reach(false), await reach(true)]
    expect(held).toBeLessThan(free)
    expect(held).toBeGreaterThan(0.98 * free)
  })
})

describe("a frame's steps", () => {
  /** A projector that walks one at a whole rate, and remembers what it was given. */
  function walking() {
    const given: { readonly state: ProjectionState; readonly rates: StepRates }[] = []
    return {
      given,
      async step(
        state: ProjectionState,
        _targets: unknown,
        _settings: unknown,
        _random: unknown,
        rates?: StepRates,
      ) {
        given.push({ state, rates: rates! })
        const moved = (tensor: FloatTensor) =>
          floatTensor(
            tensor.shape,
            tensor.data.map((value) => value + 1),
          )
        const { latent, noise } = state
        const next = {
          step: state.step + 1,
          latent: { parameter: moved(latent.parameter), first: moved(latent.first), second: latent.second },
          noise: { parameter: moved(noise.parameter), first: moved(noise.first), second: noise.second },
        }
        return { next } as never
      },
    }
  }

  test('leave the noise, begin with moments at rest, and do not touch what they are given', async () => {
    const noise = floatTensor([5], normals(4, 5))
    const before = [first.data.slice(), noise.data.slice()]
    const projector = walking()
    const found = await refinedFrame(projector, first, noise, {} as Targets, referenceSettings, 3)
    expect(found.data).toEqual(first.data.map((value) => value + 1 + 1 + 1))
    expect(projector.given.map(({ state }) => state.step)).toEqual([0, 1, 2])
    for (const { state } of projector.given) {
      expect(state.noise.parameter.data).toEqual(before[1])
      expect(state.noise.first.data.every((value) => value === 0)).toBe(true)
    }
    expect(projector.given[0]!.state.latent.first.data.every((value) => value === 0)).toBe(true)
    expect([first.data, noise.data]).toEqual(before)
  })

  test('are none where none are asked for', async () => {
    const projector = walking()
    const noise = floatTensor([5], normals(4, 5))
    expect(await refinedFrame(projector, first, noise, {} as Targets, referenceSettings, 0)).toBe(first)
    expect(projector.given).toEqual([])
  })

  test('go at a small rate without jitter, and slow down', () => {
    for (const steps of [1, 2, 3, 10]) {
      const rates = Array.from({ length: steps }, (_, step) => frameRates(step, steps))
      expect(rates.map(({ jitter }) => jitter)).toEqual(Array(steps).fill(0))
      const learning = rates.map(({ learningRate }) => learningRate)
      expect(learning).toEqual([...learning].sort((a, b) => b - a))
      expect(learning[0]).toBe(0.03)
      expect(learning.at(-1)).toBeGreaterThan(0)
    }
    expect(frameRates(2, 3).learningRate).toBeCloseTo(0.03 * (0.5 + 0.5 * Math.cos(Math.PI * (7 / 12))), 12)
  })
})

test('the error of a frame is the mean distance of all landmarks, in distances of the eyes', () => {
  const target = Float32Array.from({ length: coordinates }, (_, i) => (i % 2 === 0 ? 0.01 * (i >> 1) : 0.5))
  // Landmarks 36 to 41 and 42 to 47 are the eyes: 0.06 apart here.
  const points = target.map((value, i) => (i % 2 === 0 ? value + 0.003 : value - 0.004))
  expect(frameError(target, target)).toBe(0)
  expect(frameError(points, target)).toBeCloseTo(0.005 / 0.06, 5)
})

import { describe, expect, test } from 'vitest'
import { askedTuning, canBeTuned } from '../../src/node/models/asked-tuning.ts'
import { embeddedModel, resolveAllModels } from '../../src/node/models/store.ts'

const asking = { own_steps: 10, steps: 20, rate: 0.5, weights: { square: 2, detail: 1 } }
const generator = (tuning: unknown) => [{ path: 'g', init: { tuning } }]

describe('how a model asks to be tuned', () => {
  test('is what its model.json says', async () => {
    expect(askedTuning(generator(asking))).toEqual({
      ...{ ownSteps: 10, steps: 20, rate: 0.5, seed: 303 },
      weights: { square: 2, absolute: 0, detail: 1, perceptual: 0 },
    })
    const pack = await resolveAllModels({})
    expect(askedTuning(pack.generator)).toMatchObject({ ownSteps: 100, steps: 350, rate: 0.03 })
  })

  test.each([
    undefined,
    'fast',
    { ...asking, own_steps: 0 },
    { ...asking, steps: 1.5 },
    { ...asking, rate: -1 },
    { ...asking, rate: 'high' },
    { ...asking, weights: { square: 0, sharpness: 1 } },
  ])('is passed over where it makes no sense: %j', (tuning) => {
    expect(askedTuning(generator(tuning))).toBeUndefined()
  })

  test('decides with the perceptual network whether it can be', async () => {
    const { record } = (await embeddedModel())!
    const judging = (id: string | undefined) => [{ path: 'p', ...(id !== undefined && { id }) }]
    const can = (tuning: unknown, id: string | undefined) =>
      canBeTuned({ generator: generator(tuning), landmarks: [], perceptual: judging(id) })
    expect(await can(undefined, record.id)).toBe(false)
    expect(await can({ ...asking, weights: { perceptual: 1 } }, record.id)).toBe(false)
    expect(await can(asking, record.id)).toBe(true)
    expect(await can(undefined, 'vgg16')).toBe(true)
    expect(await can(undefined, undefined)).toBe(true)
  })
})

import { beforeAll, describe, expect, test } from 'vitest'
import { foundBy } from '../../src/engine/projection/average.ts'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { inEveryLayer, project } from '../../src/engine/projection/projection.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { readSnapshot, type SearchState, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { openViewer } from '../../src/engine/projection/viewer.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')
const maps = networks.generator.noise
const options = { threads: 1 }
const change: RecordedChange = {
  step: 160,
  change: { kind: 'group-weights', groupWeights: [0, 0, 0, 0, 0, 0, 0, 1, 1] },
}
const lastStep = 172

/** Mean absolute difference, of 255. */
function apart(a: Image, b: Image): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}

/** Of pictures that follow each other. */
function moved(pictures: readonly Image[]): number {
  const steps = pictures.slice(1).map((picture, i) => apart(picture, pictures[i]!))
  return steps.reduce((sum, value) => sum + value, 0) / steps.length
}

describe('a held run', () => {
  const states: SearchState[] = []
  const previews: Image[] = []
  let search: Parameters<typeof project>[0]
  let result: Awaited<ReturnType<typeof project>>
  beforeAll(async () => {
    search = {
      ...{ runtime, networks: async () => networks, options },
      pictures: {
        look: await fixturePicture('tiny64/look.png'),
        landmarks: await fixturePicture('tiny64/landmarks.png'),
      },
      settings: { ...referenceSettings, steps: 40, seed: 5, live: true },
    }
    result = await project(
      { ...search, changes: [change] },
      {
        onState: (state) => states.push(state),
        isPreviewDue: () => true,
        onPreview: (_, image) => previews.push(image),
        shouldStop: () => states.length >= lastStep,
      },
    )
  })

  test('shows a picture that moves much less than its search, and follows a change at once', async () => {
    const viewer = await openViewer(runtime, networks.generator, [1, 1, networks.generator.wDim], options)
    const own: Image[] = []
    for (const { projection } of states) own.push(await viewer.see(foundBy(projection, undefined, maps)))
    await viewer.dispose()
    expect(moved(previews.slice(120, 160))).toBeLessThan(0.4 * moved(own.slice(120, 160)))
    expect(previews[160]!.data).toEqual(own[160]!.data)
    expect(states[160]!.average!.steps).toBe(1)
    expect(previews[161]!.data).not.toEqual(own[161]!.data)
  })

  test('that is stopped results in the picture that it showed', () => {
    const { projection, average } = states.at(-1)!
    expect(average!.steps).toBe(8)
    const { latent, noise } = foundBy(projection, average, maps)
    expect(result.stopped).toBe(true)
    expect(result.latent).toEqual(inEveryLayer(latent, networks.generator.latentCount))
    expect(Object.values(result.noise).flatMap(({ data }) => [...data])).toEqual([...noise.data])
    // Both graphs draw the same, but for the rounding of a level.
    expect(apart(result.image, previews.at(-1)!)).toBeLessThan(0.01)
  })

  test('has noise as every state of a search has it', () => {
    for (const { data } of Object.values(result.noise)) {
      const mean = data.reduce((sum, value) => sum + value, 0) / data.length
      const square = data.reduce((sum, value) => sum + value * value, 0) / data.length
      expect([mean, square]).toEqual([expect.closeTo(0, 5), expect.closeTo(1, 5)])
    }
  })

  test('goes on to the same bits from a snapshot', async () => {
    const fingerprint = { settings: 'a', models: 'b', pictures: 'c' }
    const from = readSnapshot(writeSnapshot({ ...states[164]!, fingerprint }), 'snapshot')
    let steps = 165
    const again = await project(
      { ...search, from },
      {
        onStep(step) {
          steps = step
        },
        shouldStop: () => steps >= lastStep,
      },
    )
    expect(again.latent).toEqual(result.latent)
    expect(again.noise).toEqual(result.noise)
    expect(again.metrics).toEqual(result.metrics)
  })

  test('ends on its last state when it is finished, and is the same to the bit as one that is not live', async () => {
    const last: SearchState[] = []
    const finished = await project(
      { ...search, changes: [{ step: 0, change: { kind: 'finish', after: 30 } }] },
      { onState: (state) => last.push(state) },
    )
    const { latentCount } = networks.generator
    expect(finished.latent).toEqual(inEveryLayer(last.at(-1)!.projection.latent.parameter, latentCount))
    const { live: _, ...settings } = search.settings
    const reference = await project({ ...search, settings })
    expect(finished.steps).toBe(40)
    expect([finished.latent, finished.noise]).toEqual([reference.latent, reference.noise])
    expect(finished.image.data).toEqual(reference.image.data)
  })
})

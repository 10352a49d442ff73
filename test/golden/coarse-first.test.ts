import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import type { GraphCost } from '../../src/engine/graph/cost.ts'
import type { Generator } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { courseOf } from '../../src/engine/projection/course.ts'
import type { Networks } from '../../src/engine/projection/objective.ts'
import { type ProjectionHooks, project } from '../../src/engine/projection/projection.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import type { SearchState } from '../../src/engine/projection/snapshot.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { randomGenerator } from '../bench/random-networks.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

const runtime = onnxRuntime('cpu')
const settings: ProjectionSettings = { ...referenceSettings, steps: 3, coarseFirst: true }

const largePicture = async (name: string) =>
  resizeLanczos(await fixturePicture(`tiny512/${name}`), 1024, 1024)

/** As few channels as there are, and the first layer alone of a mapping that takes most of the time. */
function smallOf1024(): Generator {
  const generator = readGenerator(randomGenerator(1024, 1024))
  const { mapping } = generator
  return { ...generator, mapping: { ...mapping, layers: mapping.layers.slice(0, 1) } }
}

let networks: Networks
let pictures: { readonly look: Image; readonly landmarks: Image }
beforeAll(async () => {
  networks = { ...fixtureNetworks('tiny512'), generator: smallOf1024() }
  pictures = {
    look: await largePicture('look.png'),
    landmarks: await largePicture('landmarks.png'),
  }
})

function search(
  asked: ProjectionSettings,
  { hooks = {}, ...more }: { hooks?: ProjectionHooks; from?: SearchState; changes?: RecordedChange[] } = {},
) {
  return project(
    { runtime, networks: async () => networks, pictures, settings: asked, options: { threads: 1 }, ...more },
    { ...hooks },
  )
}

/** All that decides how a search goes on; of the picture, whose bytes take seconds to compare one by one, the hash. */
const bitsOf = ({ latent, image, metrics }: Awaited<ReturnType<typeof search>>) => ({
  latent,
  image: hashOf(image),
  metrics,
})

const hashOf = ({ data }: Image) => createHash('sha256').update(data).digest('hex')

/** A search with all that it tells on its way. */
async function watched(asked: ProjectionSettings, changes: readonly RecordedChange[] = []) {
  const states: SearchState[] = []
  const previews: Image[] = []
  const costs: GraphCost[] = []
  const through = await search(asked, {
    changes: [...changes],
    hooks: {
      onState: (state) => states.push(state),
      onGraph: (cost) => costs.push(cost),
      isPreviewDue: () => true,
      onPreview: (_step, image) => previews.push(image),
    },
  })
  return { through, states, previews, costs }
}

describe('a search that is coarse first', () => {
  let counted: Awaited<ReturnType<typeof watched>>
  beforeAll(async () => {
    counted = await watched(settings)
  })

  function expectWholePictures({ through, previews, costs }: Awaited<ReturnType<typeof watched>>) {
    expect(through).toMatchObject({ steps: 3, stopped: false })
    expect(costs).toHaveLength(2)
    expect(costs[0]!.elements).toBeLessThan(costs[1]!.elements)
    for (const picture of [through.start, through.image, ...previews]) {
      expect(picture).toMatchObject({ width: 1024, height: 1024 })
    }
  }

  test('with steps that are counted goes on to the same bits from wherever it stood', async () => {
    expectWholePictures(counted)
    const { through, states } = counted
    for (const step of [1, 2]) {
      const from = states[step - 1]!
      expect(bitsOf(await search(settings, { from })), `from step ${step}`).toEqual(bitsOf(through))
    }
  })

  test('that is live goes on to the same bits from where it was coarse', async () => {
    const asked = { ...settings, steps: 4, live: true }
    const changes: RecordedChange[] = [{ step: 2, change: { kind: 'finish', after: 0 } }]
    const live = await watched(asked, changes)
    expectWholePictures(live)
    expect(bitsOf(await search(asked, { from: live.states[0]!, changes }))).toEqual(bitsOf(live.through))
  })

  test('begins where one that is not begins, and goes another way', async () => {
    const { coarseFirst, ...whole } = settings
    const [coarse, fine] = [counted.through, await search(whole)]
    expect(hashOf(coarse.start)).toBe(hashOf(fine.start))
    expect(coarse.metrics.loss).not.toBe(fine.metrics.loss)
    expect(coarse.metrics.loss / fine.metrics.loss).toBeCloseTo(1, 0)
  })

  test('that is stopped early gives the whole picture, and what the whole objective says of it', async () => {
    const states: SearchState[] = []
    const hooks = {
      onState: (state: SearchState) => states.push(state),
      shouldStop: () => states.length >= 1,
    }
    const { coarseFirst, ...whole } = settings
    const stopped = await search(settings, { hooks })
    expect(stopped).toMatchObject({ steps: 1, stopped: true, image: { width: 1024 } })
    const seen = await search(whole, { from: states.at(-1)!, hooks: { shouldStop: () => true } })
    expect(bitsOf(stopped)).toEqual(bitsOf(seen))
  })

  test('is none where the picture is hardly larger than what the networks see', async () => {
    const { coarseFirst, ...whole } = settings
    const smaller = fixtureNetworks('tiny512')
    const look = await fixturePicture('tiny512/look.png')
    const searched = (asked: ProjectionSettings) =>
      project({
        runtime,
        networks: async () => smaller,
        pictures: { look, landmarks: look },
        settings: { ...asked, steps: 2 },
        options: { threads: 1 },
      })
    expect(bitsOf(await searched(settings))).toEqual(bitsOf(await searched(whole)))
  })
})

describe('a course', () => {
  const live: ProjectionSettings = { ...settings, steps: 100, live: true }
  const of = (changes: readonly RecordedChange[], asked = live) => courseOf(asked, changes).coarseUntil
  const finish = (step: number, after: number): RecordedChange => ({
    step,
    change: { kind: 'finish', after },
  })
  const hold = (step: number): RecordedChange => ({ step, change: { kind: 'hold' } })

  test('is coarse for four fifths of its steps, or while it is held', () => {
    expect(of([], { ...settings, steps: 100 })).toBe(80)
    expect(of([], referenceSettings)).toBe(0)
    expect(of([])).toBe(Number.POSITIVE_INFINITY)
  })

  test('stays with the whole picture once it has come to it', () => {
    expect(of([finish(40, 10)])).toBe(50)
    expect(of([finish(40, 10), hold(45)])).toBe(Number.POSITIVE_INFINITY)
    expect(of([finish(40, 10), hold(60)])).toBe(50)
    expect(of([finish(40, 10), hold(60), finish(90, 0)])).toBe(50)
  })
})

import { parseArgs } from 'node:util'
import { foundBy } from '../../src/engine/projection/average.ts'
import { project } from '../../src/engine/projection/projection.ts'
import type { SearchState } from '../../src/engine/projection/snapshot.ts'
import { latentShapeOf } from '../../src/engine/projection/step-graph.ts'
import { openViewer } from '../../src/engine/projection/viewer.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { decodeTargets } from '../../src/node/worker/pictures.ts'
import { cutTargets } from '../../src/node/worker/targets.ts'
import { photographs } from './evaluate-photographs.ts'
import { mean } from './figures.ts'
import { heldOutPairs } from './held-out.ts'
import { searchOptions, searchSettings } from './search-options.ts'

/**
 * How still the picture of a held run is that nobody touches. Prints a line a case: the mean absolute difference of
 * consecutive pictures, of 255, of a search with the reference's jitter, of the states of a held run, and of what it
 * shows.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: 'string', default: '3' },
      photographs: { type: 'string', default: '2' },
      space: { type: 'string', default: 'w' },
      ...searchOptions,
    },
  })
  const asked = await searchSettings({ ...values, steps: '1000' })
  const settings = { ...asked, space: values.space === 'w+' ? ('w+' as const) : ('w' as const) }
  const runtime = onnxRuntime('cpu')
  const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}), settings.weights)
  const { resolution, noise } = networks.generator
  const drawn = (await heldOutPairs(Number(values.pairs), resolution)).map(({ look, landmarks }, i) => ({
    name: `pair ${i}`,
    pictures: { look: look.image, landmarks: landmarks.image, deviation: heatMapForm.deviation },
  }))
  const decoded = await decodeTargets(await photographs(Number(values.photographs)))
  const taken = decoded.flatMap((look, k) =>
    decoded.flatMap((landmarks, l) => {
      if (k === l) return []
      const { points: _, ...pictures } = cutTargets([look, landmarks], resolution, heatMapForm)
      return [{ name: `photographs ${k} ${l}`, pictures }]
    }),
  )
  const viewer = await openViewer(runtime, networks.generator, latentShapeOf(networks, settings.space))
  for (const { name, pictures } of [...drawn, ...taken]) {
    const search = {
      runtime,
      networks: async () => networks,
      pictures: pictures as Parameters<typeof project>[0]['pictures'],
    }
    const jittered = await lookedAt({ ...search, settings })
    const held = await lookedAt({ ...search, settings: { ...settings, live: true } })
    const own: Image[] = []
    for (const { projection } of held.states)
      own.push(await viewer.see(foundBy(projection, undefined, noise)))
    const line = {
      name,
      space: settings.space,
      jittered: moved(jittered.pictures),
      own: moved(own),
      shown: moved(held.pictures),
    }
    console.log(JSON.stringify(line))
  }
  await viewer.dispose()
  return 0
}

/** Steps before it is looked at, and those in which it is. */
const before = 150
const looked = 40

async function lookedAt(search: Parameters<typeof project>[0]) {
  const states: SearchState[] = []
  const pictures: Image[] = []
  let step = 0
  await project(search, {
    onStep(now) {
      step = now
    },
    onState: (state) => step > before && states.push(state),
    isPreviewDue: (now) => now > before,
    onPreview: (_, image) => pictures.push(image),
    shouldStop: () => step >= before + looked,
  })
  return { states, pictures }
}

function moved(pictures: readonly Image[]): number {
  return mean(
    pictures.slice(1).map(({ data }, i) => {
      const { data: last } = pictures[i]!
      return data.reduce((sum, value, k) => sum + Math.abs(value - last[k]!), 0) / data.length
    }),
  )
}

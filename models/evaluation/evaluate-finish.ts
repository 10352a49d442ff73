import { parseArgs } from 'node:util'
import { project } from '../../src/engine/projection/projection.ts'
import type { SearchState } from '../../src/engine/projection/snapshot.ts'
import type { TargetPictures } from '../../src/engine/projection/target-finder.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { openLandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { withModelFiles } from '../../src/node/worker/model-files.ts'
import { landmarkNetworkIn, loadNetworks } from '../../src/node/worker/networks.ts'
import { decodeTargets } from '../../src/node/worker/pictures.ts'
import { cutTargets } from '../../src/node/worker/targets.ts'
import { photographs } from './evaluate-photographs.ts'
import { landmarkError, psnr } from './figures.ts'
import { heldOutPairs, judgeFile } from './held-out.ts'
import { searchOptions, searchSettings } from './search-options.ts'

/**
 * How a live run ends: the whole ramp of the reference beside the one that is over once the loss has settled. Prints a line
 * for each case, each place at which the end is asked for, and each way: steps, loss, landmark error, and how far the
 * settled picture is from that of the whole ramp.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      pairs: { type: 'string', default: '20' },
      photographs: { type: 'string', default: '3' },
      held: { type: 'string', default: '200,500' },
      ...searchOptions,
    },
  })
  const settings = { ...(await searchSettings({ ...values, steps: values.steps ?? '1000' })), live: true }
  const runtime = onnxRuntime('cpu')
  const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}), settings.weights)
  const judge = await withModelFiles([{ path: judgeFile }], landmarkNetworkIn)
  const reader = await openLandmarkReader(runtime, { ...networks, landmarks: judge }, {})
  const { resolution } = networks.generator
  const drawn = (await heldOutPairs(Number(values.pairs), resolution)).map(
    ({ look, landmarks }, i): Case => ({
      name: `pair ${i}`,
      pictures: { look: look.image, landmarks: landmarks.image, deviation: heatMapForm.deviation },
      points: landmarks.points,
    }),
  )
  const decoded = await decodeTargets(await photographs(Number(values.photographs)))
  const cuts = decoded.map((picture) => cutTargets([picture, picture], resolution, heatMapForm))
  const taken = cuts.flatMap((pose, l) =>
    cuts.flatMap(({ look, lookPoints }, k): Case[] => {
      const { landmarks, drawnMaps, points } = pose
      if (k === l || lookPoints === undefined || drawnMaps === undefined || points === undefined) return []
      return [{ name: `photographs ${k} ${l}`, pictures: { look, lookPoints, landmarks, drawnMaps }, points }]
    }),
  )
  const held = values.held.split(',').map(Number)
  for (const { name, pictures, points } of [...drawn, ...taken]) {
    const search = { runtime, networks: async () => networks, pictures, settings }
    const states: SearchState[] = []
    let step = 0
    await project(search, {
      onStep(now) {
        step = now
      },
      onState: (state) => held.includes(step) && states.push(state),
      shouldStop: () => step >= held.at(-1)!,
    })
    for (const from of states) {
      const at = from.projection.step
      let whole: Image | undefined
      for (const kind of ['finish', 'settle'] as const) {
        const changes = [...from.changes, { step: at, change: { kind, after: 0 } }]
        const { image, metrics, steps } = await project({ ...search, from, changes })
        whole ??= image
        const error = landmarkError(await reader.read(image), points)
        const line = {
          name,
          at,
          kind,
          steps: steps - at,
          loss: metrics.loss,
          error,
          psnr: psnr(image, whole),
        }
        console.log(JSON.stringify(line))
      }
    }
  }
  return 0
}

interface Case {
  readonly name: string
  readonly pictures: TargetPictures
  /** Of the landmarks, in pixels of the square. */
  readonly points: Float32Array
}

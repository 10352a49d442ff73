import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { evaluatePairs } from '../../models/evaluation/evaluate-pack.ts'
import { mean } from '../../models/evaluation/figures.ts'
import { heldOutPairs, judgeFile } from '../../models/evaluation/held-out.ts'
import { searchSettings } from '../../models/evaluation/search-options.ts'
import type { PointChange } from '../../src/engine/projection/changes.ts'
import { project } from '../../src/engine/projection/projection.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { parseModelRecord } from '../../src/node/models/record.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { openLandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { withModelFiles } from '../../src/node/worker/model-files.ts'
import { landmarkNetworkIn, loadNetworks } from '../../src/node/worker/networks.ts'
import { full } from '../full.ts'

const folder = fileURLToPath(new URL('../../models/pack/', import.meta.url))

describe('the embedded pack', () => {
  test('is what its record says, in at most 25 MB', () => {
    const path = `${folder}model.json`
    const { files, licence, resolution } = parseModelRecord(readFileSync(path, 'utf8'), path)
    expect(Object.keys(files)).toEqual(['generator', 'landmarks', 'perceptual'])
    expect({ licence, resolution }).toEqual({ licence: 'MIT', resolution: 256 })
    for (const { file, sha256 } of Object.values(files)) {
      const hash = createHash('sha256').update(readFileSync(folder + file))
      expect(hash.digest('hex'), file).toBe(sha256)
    }
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(folder + name).size, 0)
    expect(bytes).toBeLessThan(25e6)
  })

  // The whole figure is `npm run eval:pack`: 20 pairs.
  test('brings a face nearer to the landmarks of one portrait with the look of another', async () => {
    const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}))
    const pairs = await heldOutPairs(2, networks.generator.resolution)
    const { figures } = await evaluatePairs(
      onnxRuntime('cpu'),
      networks,
      pairs,
      await searchSettings({ steps: '36' }),
      {
        spoil: 0,
        deviation: heatMapForm.deviation,
      },
    )
    expect(figures.landmarkError).toBeLessThan(0.6 * figures.startError)
    expect(figures.lookNearest).toBe(2)
    expect(figures.fanError).toBeLessThan(0.04)
    expect(figures.reconstructionPsnr).toBeGreaterThan(20)
  }, 300_000)

  test.runIf(full)(
    'draws the mouth where it was dragged to by hand',
    async () => {
      const runtime = onnxRuntime('cpu')
      const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}))
      const { resolution } = networks.generator
      const { look, landmarks } = (await heldOutPairs(1, resolution))[0]!
      const mouth = landmarks.points.slice(2 * 48)
      const dragged = Array.from({ length: 20 }, (_, i) => ({
        index: 48 + i,
        x: mouth[2 * i]! / resolution,
        y: mouth[2 * i + 1]! / resolution + 0.04,
      }))
      const settings = { ...(await searchSettings({ steps: '32' })), live: true }
      const drawn = async (points: readonly PointChange[]) => {
        const { image } = await project({
          runtime,
          networks: async () => networks,
          pictures: { look: look.image, landmarks: landmarks.image, deviation: heatMapForm.deviation },
          settings,
          changes: [
            ...(points.length === 0 ? [] : [{ step: 0, change: { kind: 'points', points } } as const]),
            { step: 12, change: { kind: 'finish', after: 0 } },
          ],
        })
        return image
      }
      const judge = await withModelFiles([{ path: judgeFile }], landmarkNetworkIn)
      const reader = await openLandmarkReader(runtime, { ...networks, landmarks: judge }, {})
      /** Mean distance of the mouth's points from where they were dragged to, in parts of the picture. */
      const gap = async (image: Image) => {
        const points = await reader.read(image)
        return mean(
          dragged.map(({ index, x, y }) =>
            Math.hypot(points[2 * index]! / resolution - x, points[2 * index + 1]! / resolution - y),
          ),
        )
      }
      const [without, by] = [await gap(await drawn([])), await gap(await drawn(dragged))]
      await reader.dispose()
      console.info(`from where the mouth was dragged to: ${by.toFixed(3)}, not dragged ${without.toFixed(3)}`)
      expect(without).toBeGreaterThan(0.03)
      expect(by).toBeLessThan(0.6 * without)
    },
    300_000,
  )
})

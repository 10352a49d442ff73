import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { evaluatePairs, packSettings } from '../../models/evaluation/evaluate-pack.ts'
import { heldOutPairs } from '../../models/evaluation/held-out.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { resolveAllModels } from '../../src/node/service/model-library.ts'
import { parseModelRecord } from '../../src/node/service/model-record.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'

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
    const { figures } = await evaluatePairs(onnxRuntime('cpu'), networks, pairs, await packSettings(80), {
      spoil: 0,
      deviation: heatMapForm.deviation,
    })
    expect(figures.landmarkError).toBeLessThan(0.6 * figures.startError)
    expect(figures.lookNearest).toBe(2)
    expect(figures.fanError).toBeLessThan(0.04)
    expect(figures.reconstructionPsnr).toBeGreaterThan(20)
  }, 300_000)
})

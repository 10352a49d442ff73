import { beforeAll, describe, expect, test } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { project } from '../../src/engine/projection/projection.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import { readSnapshot, type SearchState, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

const steps = 60
const usual: ProjectionSettings = { ...referenceSettings, steps, shortMemory: true }
const settings: ProjectionSettings = { ...usual, quasiNewton: true }
const finish: readonly RecordedChange[] = [{ step: 0, change: { kind: 'finish', after: 45 } }]
const fingerprint = { settings: '', models: '', pictures: '' }

/** As it comes back from the disk. */
const kept = (state: SearchState): SearchState =>
  readSnapshot(writeSnapshot({ ...state, fingerprint }), 'latest.snapshot')

describe.each(['tiny64', 'tiny512'] as const)('a search with %s that ends by L-BFGS', (name) => {
  const networks = fixtureNetworks(name)
  let pictures: { readonly look: Image; readonly landmarks: Image }
  const states: SearchState[] = []
  let through: Awaited<ReturnType<typeof search>>

  async function search(
    asked: ProjectionSettings,
    more: { from?: SearchState; changes?: readonly RecordedChange[] } = {},
    onState?: (state: SearchState) => void,
  ) {
    const options = { threads: 1 }
    const setup = { runtime: onnxRuntime('cpu'), networks: async () => networks, pictures, options, ...more }
    const { latent, noise, metrics } = await project(
      { ...setup, settings: asked },
      onState === undefined ? {} : { onState },
    )
    return { latent, noise, metrics }
  }

  beforeAll(async () => {
    pictures = {
      look: await fixturePicture(`${name}/look.png`),
      landmarks: await fixturePicture(`${name}/landmarks.png`),
    }
    through = await search(settings, {}, (state) => states.push(state))
  })

  test('descends from two fifths on, until the loss proves too rough', () => {
    const parts = states.map(({ projection: { descent, roughAt } }) =>
      descent !== undefined ? 'descent' : roughAt !== undefined ? 'rough' : 'adam',
    )
    expect(parts.slice(0, 24).every((part) => part === 'adam')).toBe(true)
    expect(parts[24]).toBe('descent')
    expect(parts.slice(24)).not.toContain('adam')
    expect(parts.lastIndexOf('descent')).toBeLessThan(
      parts.includes('rough') ? parts.indexOf('rough') : steps,
    )
  })

  test('goes on to the same bits from what its snapshots hold', async () => {
    for (const at of [24, 40]) expect(await search(settings, { from: kept(states[at]!) })).toEqual(through)
  })

  test('ends on the same bits in a live run that follows its schedule', async () => {
    expect(await search({ ...settings, live: true }, { changes: finish })).toEqual(through)
  })

  test('goes on where something else is aimed at, or it is held', async () => {
    const changes: readonly RecordedChange[] = [
      ...finish,
      { step: 30, change: { kind: 'weights', weights: { ...settings.weights, perceptual: 2 } } },
      { step: 40, change: { kind: 'hold' } },
      { step: 44, change: { kind: 'finish', after: 0 } },
    ]
    const seen: SearchState[] = []
    await search({ ...settings, live: true }, { changes }, (state) => seen.push(state))
    expect(seen[29]!.projection.descent?.curves.length).toBeGreaterThan(0)
    expect(seen[30]!.projection.descent?.curves).toEqual([])
    expect(seen[43]!.projection.descent).toBeUndefined()
    expect(seen).toHaveLength(44 + 15)
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { modelsOf } from '../../src/node/models/resolve.ts'
import { installedModels } from '../../src/node/models/store.ts'
import { installTuned } from '../../src/node/models/tuned.ts'
import { setupWithout } from '../../src/node/runs/kinds/projection/order-setup.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'

const weights = writeSafetensors({
  'synthesis.b4.conv1.weight': floatTensor([1, 1, 3, 3], new Float32Array(9)),
  'mapping.embed.weight': floatTensor([4, 3], new Float32Array(12)),
})
const hash = 'a'.repeat(64)
let library: string

beforeEach(() => {
  library = mkdtempSync(join(tmpdir(), 'mien-classes-'))
  onTestFinished(() => rmSync(library, { recursive: true, force: true }))
  put('flowers', { classes: 3 })
  put('faces', { classes: 0 }, 'b'.repeat(64))
})

function put(id: string, fields: object, sha256 = hash): void {
  const files = { generator: { file: 'generator.safetensors', sha256 } }
  mkdirSync(join(library, id))
  writeFileSync(join(library, id, 'generator.safetensors'), weights)
  writeFileSync(join(library, id, 'model.json'), JSON.stringify({ id, files, ...fields }))
}

const classesOf = async (id: string) =>
  (await installedModels(library)).find(({ record }) => record.id === id)?.record.classes

test('a record tells the number of classes; of one that does not, the weights are asked', async () => {
  put('older', {})
  expect(await classesOf('flowers')).toBe(3)
  expect(await classesOf('faces')).toBe(0)
  expect(await classesOf('older')).toBe(3)
})

const chosen = async (models: ReturnType<typeof emptySetup>['models']) =>
  await modelsOf({ ...emptySetup(), models }, library)

test('a generator with classes is always given one: that which was chosen, or the first', async () => {
  expect((await chosen({ generator: 'flowers', class: 2 })).generator[0]!.class).toBe(2)
  expect((await chosen({ generator: 'flowers' })).generator[0]!.class).toBe(0)
  // What stays of another generator means nothing to this one.
  expect((await chosen({ generator: 'faces', class: 2 })).generator[0]).not.toHaveProperty('class')
  expect((await chosen({})).generator[0]).not.toHaveProperty('class')
})

test('so is the one that a taught generator is searched in', async () => {
  const path = join(library, 'taught.safetensors')
  const tuned = { 'mapping.embed.weight': floatTensor([4, 3], new Float32Array(12)) }
  writeFileSync(path, writeSafetensors(tuned, { tuned_from: JSON.stringify(hash) }))
  await installTuned(library, path, { id: 'taught', name: 'Taught' })
  expect(await classesOf('taught')).toBe(3)
  const { generator, tuned: drawing } = await chosen({ generator: 'taught', class: 1 })
  expect(generator[0]).toMatchObject({ id: 'flowers', class: 1 })
  expect(drawing?.[0]?.id).toBe('taught')
})

test('a run of the command line shows its class in the window', () => {
  const of = (generator: object) => {
    const files = { generator: [{ id: 'flowers', ...generator }], landmarks: [], perceptual: [] }
    return setupWithout({ settings: referenceSettings, files, provider: 'auto' }).models
  }
  expect(of({ class: 2 })).toEqual({ generator: 'flowers', class: 2 })
  expect(of({})).toEqual({ generator: 'flowers' })
})

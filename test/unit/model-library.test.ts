import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { installedModels, readLibrary } from '../../src/node/models/store.ts'
import { newSetup } from '../../src/node/studio/generator-search.ts'
import { type ModelCommandNeeds, modelCommands } from '../../src/node/studio/model-commands.ts'
import { type FileContent, modelSets } from '../../src/node/worker/model-sets.ts'
import type { NetworkKind } from '../../src/node/worker/network-kind.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Run } from '../../src/shared/run.ts'

describe('the library', () => {
  let library: string

  beforeEach(() => {
    library = mkdtempSync(join(tmpdir(), 'mien-library-'))
    onTestFinished(() => rmSync(library, { recursive: true, force: true }))
    for (const id of ['first', 'second', 'third']) put(id, {})
  })

  function put(folder: string, fields: object): void {
    const record = {
      ...{ id: folder, name: folder },
      files: { generator: { file: 'generator.safetensors', sha256: 'a'.repeat(64) } },
      ...fields,
    }
    mkdirSync(join(library, folder), { recursive: true })
    writeFileSync(join(library, folder, 'generator.safetensors'), 'weights')
    writeFileSync(join(library, folder, 'model.json'), JSON.stringify(record))
  }

  test('a model that came with a generator is not removed while a run waits for both', async () => {
    put('second', { files: { landmarks: { file: 'generator.safetensors', sha256: 'b'.repeat(64) } } })
    put('first', { companions: ['second'] })
    const remove = (setup: Run['setup']) =>
      modelCommands({
        ...{ library, queued: async () => [{ name: 'Mine', setup } as Run], emit: () => undefined },
        ...({} as Pick<ModelCommandNeeds, 'uploadPath' | 'releaseUpload' | 'askEngine'>),
      })['models.remove']({ model: 'second' })
    await expect(remove({ ...emptySetup(), models: { generator: 'first' } })).rejects.toThrow(
      'The run "Mine" uses second.',
    )
    await remove({ ...emptySetup(), models: { generator: 'third' } })
    expect(await imported()).toEqual(['first', 'third'])
  })

  test('new projects begin with the generator that was chosen, and with the embedded one once it is gone', async () => {
    expect((await newSetup(library, null)).models).toEqual({})
    const chosen = await newSetup(library, 'second')
    expect(chosen.models).toEqual({ generator: 'second' })
    expect(chosen.settings.weights).not.toEqual((await newSetup(library, null)).settings.weights)
    rmSync(join(library, 'second'), { recursive: true })
    expect(await newSetup(library, 'second')).toEqual(await newSetup(library, null))
  })

  const imported = async () =>
    (await installedModels(library))
      .filter(({ origin }) => origin === 'imported')
      .map(({ record: { id } }) => id)

  test.each<readonly [fault: string, spoil: (folder: string) => void, message: RegExp, hint: RegExp]>([
    [
      'a torn model.json',
      (folder) => writeFileSync(join(folder, 'model.json'), '{"id":"sec'),
      /model\.json does not describe a model/,
      /import the model again/,
    ],
    [
      'a model.json without files',
      () => put('second', { files: undefined }),
      /"files" is missing or wrong/,
      /import the model again/,
    ],
    ['a model.json of a newer Mien', () => put('second', { format: 2 }), /newer Mien/, /Update Mien/],
    [
      'a model.json that is a folder',
      (folder) => {
        rmSync(join(folder, 'model.json'))
        mkdirSync(join(folder, 'model.json'))
      },
      /model\.json is a folder/,
      /import the model again/,
    ],
    [
      'missing weights',
      (folder) => rmSync(join(folder, 'generator.safetensors')),
      /generator\.safetensors does not exist/,
      /import the model again/,
    ],
    ['the id of another', () => put('second', { id: 'third' }), /another one has, "third"/, /Remove one/],
  ])('%s is a fault of that model alone', async (_, spoil, message, hint) => {
    spoil(join(library, 'second'))
    expect(await imported()).toEqual(['first', 'third'])
    const { faulty } = await readLibrary(library)
    expect(faulty).toMatchObject([{ id: 'second', origin: 'imported' }])
    expect(faulty[0]!.fault.message).toMatch(message)
    expect(faulty[0]!.fault.hint).toMatch(hint)
  })

  test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'a folder that may not be read is a fault of that model alone',
    async () => {
      chmodSync(join(library, 'second'), 0)
      const { faulty } = await readLibrary(library)
      chmodSync(join(library, 'second'), 0o700)
      expect(faulty.map(({ id, fault }) => [id, fault.code])).toEqual([['second', 'unreadable-file']])
      expect(faulty[0]!.fault.hint).toMatch(/permissions/)
    },
  )

  test('an id means the folder that was imported by it, whatever comes before', async () => {
    put('another', { id: 'third' })
    const { models, faulty } = await readLibrary(library)
    expect(models.find(({ record }) => record.id === 'third')?.folder).toBe(join(library, 'third'))
    expect(faulty.map(({ id }) => id)).toEqual(['another'])
  })

  test('what is no model is passed over', async () => {
    writeFileSync(join(library, 'notes.txt'), 'mine')
    writeFileSync(join(library, 'first', 'notes.txt'), 'mine')
    for (const name of ['empty', '.hidden']) mkdirSync(join(library, name))
    expect(await imported()).toEqual(['first', 'second', 'third'])
    expect((await readLibrary(library)).faulty).toEqual([])
  })
})

describe('which files make a model together', () => {
  const [convolutions, linear] = ['perceptual-convolutions', 'perceptual-linear'] as const
  const file = (name: string, ...kinds: NetworkKind[]): FileContent => ({ file: name, kinds })

  test.each<readonly [what: string, contents: readonly FileContent[], sets: readonly (readonly string[])[]]>([
    ['two generators', [file('a', 'generator'), file('b', 'generator')], [['a'], ['b']]],
    ['halves', [file('v', convolutions), file('l', linear)], [['v', 'l']]],
    ['halves the other way round', [file('l', linear), file('v', convolutions)], [['v', 'l']]],
    ['two whole perceptual networks', [file('a', 'perceptual'), file('b', 'perceptual')], [['a'], ['b']]],
    ['halves of one kind', [file('v', convolutions), file('w', convolutions)], [['v'], ['w']]],
    [
      'halves among others',
      [file('l', linear), file('g', 'generator', 'discriminator'), file('x'), file('v', convolutions)],
      [['v', 'l'], ['g'], ['x']],
    ],
    ['a half and both halves', [file('b', convolutions, linear), file('l', linear)], [['b'], ['l']]],
    [
      'two pairs',
      [file('v', convolutions), file('w', convolutions), file('l', linear), file('m', linear)],
      [
        ['v', 'l'],
        ['w', 'm'],
      ],
    ],
  ])('%s', (_, contents, sets) => {
    expect(modelSets(contents)).toEqual(sets)
  })
})

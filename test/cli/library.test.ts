import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import {
  filesIn,
  jsonOf,
  mien,
  temporaryFolder,
  tiny64,
  tiny64Models,
  tinyGenerator,
  tinyPictures,
} from './mien.ts'
import { expectRefusal } from './refusal.ts'

interface Imported {
  readonly id: string
  readonly folder: string
  readonly known: boolean
  readonly resolution?: number
  readonly files: Readonly<Record<string, { readonly file: string; readonly sha256: string }>>
  readonly source: { readonly sha256: string; readonly format: string }
}

const generator = join(tiny64, 'generator.pkl')
const tiny512 = join(tiny64, '..', 'tiny512')
const perceptual = `${join(tiny64, 'vgg16.pth')},${join(tiny64, 'lpips.pth')}`

/** A folder and the files in it, as `filesIn` lists them. */
function withFiles(folder: string, files: readonly string[]): readonly string[] {
  return [folder, ...files.map((file) => join(folder, file))]
}

describe('import', () => {
  test('converts once, says what the model is, and knows it again', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const first = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    expect(first).toMatchObject({ id: 'generator', known: false, resolution: 64 })
    expect(Object.keys(first.files).sort()).toEqual(['discriminator', 'generator'])
    expect(filesIn(env.MIEN_HOME)).toEqual([
      'models',
      join('models', 'generator'),
      join('models', 'generator', 'discriminator.safetensors'),
      join('models', 'generator', 'generator.safetensors'),
      join('models', 'generator', 'model.json'),
    ])
    const again = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    expect(again).toEqual({ ...first, known: true })
    const { stdout } = await mien(['models'], { env })
    expect(stdout).toContain('64 x 64 pixels')
    expect(stdout).toContain(first.source.sha256)
  })

  test.each(['fan.pth', 'fan-legacy.pth.tar', 'fan-torchscript.zip'])('takes %s', async (name) => {
    const imported = jsonOf<Imported>(await mien(['import', join(tiny64, name), '--json']))
    expect(Object.keys(imported.files)).toEqual(['landmarks'])
  })

  test.each([perceptual, join(tiny64, 'vgg16-lpips.pt')])('takes the perceptual network %s', async (file) => {
    const imported = jsonOf<Imported>(await mien(['import', file, '--json']))
    expect(Object.keys(imported.files)).toEqual(['perceptual'])
  })

  test('imported models give the same numbers as the files they came from, the discriminator too', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    await mien(['import', generator, join(tiny64, 'fan.pth'), perceptual], { env })
    const result = async (models: readonly string[], ...weight: string[]) => {
      const out = temporaryFolder()
      const args = ['project', ...tinyPictures, '--steps', '3', '--threads', '1', ...models]
      const finished = await mien([...args, ...weight, '--out', out, '--json'], { env })
      const { final } = jsonOf<{ final: { discriminator?: number } }>(finished)
      const { files } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).order
      return { final, files, latent: readFileSync(join(out, 'projected_w.npz')) }
    }
    const ids = ['--model', 'generator', '--landmark-model', 'fan', '--perceptual-model', 'vgg16']
    const weight = ['--discriminator-weight', '2']
    const imported = await result(ids, ...weight)
    const direct = await result(tiny64Models, ...weight)
    expect(imported.final.discriminator).toBeGreaterThan(0)
    expect(imported.latent).toEqual(direct.latent)
    expect(imported.files).toMatchObject({
      generator: [{ id: 'generator' }],
      discriminator: [{ id: 'generator' }],
    })
    const without = await result(ids)
    expect(without.files).not.toHaveProperty('discriminator')
    expect(without.latent.equals(imported.latent)).toBe(false)
  })

  test('a generator without a discriminator is refused by its name where that is a term', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const { folder } = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    const out = join(temporaryFolder(), 'result')
    const args = ['project', ...tinyPictures, '--discriminator-weight', '1', '--out', out]
    const alone = join(folder, 'generator.safetensors')
    const refused = await mien([...args, '--model', alone], { env })
    expectRefusal(refused, 3, /generator\.safetensors does not hold a discriminator/, /leave out its term/)
    expectRefusal(await mien(args, { env }), 3, /"mien-portraits-256" has no discriminator/, /--model/)
    expect(existsSync(out)).toBe(false)
  })

  test('a model file that was changed is refused before it is parsed', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const { folder } = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    const path = join(folder, 'generator.safetensors')
    const bytes = readFileSync(path)
    bytes[bytes.length - 1]! ^= 1
    writeFileSync(path, bytes)
    const out = join(temporaryFolder(), 'faces')
    const args = ['sample', '--seeds', '0', '--model', 'generator', '--out', out]
    expectRefusal(await mien(args, { env }), 3, /hash/, /import the model again/)
  })

  test('nothing that stands at the id it would have is touched', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const library = join(env.MIEN_HOME, 'models')
    mkdirSync(join(library, 'generator'), { recursive: true })
    writeFileSync(join(library, 'generator', 'keep.txt'), 'mine')
    writeFileSync(join(library, 'fan'), 'mine')
    const first = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    expect(first.id).toBe(`generator-${first.source.sha256.slice(0, 8)}`)
    // What has no model.json any more is no model, and stays.
    rmSync(join(first.folder, 'model.json'))
    const second = jsonOf<Imported>(await mien(['import', generator, '--json'], { env }))
    expect(second.id).toBe(`${first.id}-2`)
    const fan = jsonOf<Imported>(await mien(['import', join(tiny64, 'fan.pth'), '--json'], { env }))
    expect(fan.id).toBe(`fan-${fan.source.sha256.slice(0, 8)}`)
    expect(filesIn(library)).toEqual(
      [
        'fan',
        ...withFiles(fan.id, ['landmarks.safetensors', 'model.json']),
        ...withFiles('generator', ['keep.txt']),
        ...withFiles(first.id, ['discriminator.safetensors', 'generator.safetensors']),
        ...withFiles(second.id, ['discriminator.safetensors', 'generator.safetensors', 'model.json']),
      ].sort(),
    )
  })

  test('two at once of one name take an id each', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const other = join(temporaryFolder(), 'generator.pkl')
    cpSync(join(tiny512, 'generator.pkl'), other)
    const imported = await Promise.all(
      [generator, other].map(async (file) =>
        jsonOf<Imported>(await mien(['import', file, '--json'], { env })),
      ),
    )
    const sizes = imported.map(({ folder }) => JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8')))
    expect(sizes.map(({ resolution }) => resolution)).toEqual([64, 512])
    expect(imported.map(({ id }) => id)).toContain('generator')
    expect(imported[0]!.id).not.toBe(imported[1]!.id)
  })

  test('several files become a model each, the halves of a perceptual network one', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const files = [
      join(tiny64, 'lpips.pth'),
      generator,
      join(tiny512, 'generator.pkl'),
      join(tiny64, 'vgg16.pth'),
    ]
    const { code, stdout } = await mien(['import', ...files, '--json'], { env })
    expect(code).toBe(0)
    const imported = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Imported)
    expect(imported.map(({ files, resolution }) => [Object.keys(files), resolution])).toEqual([
      [['perceptual'], undefined],
      [['generator', 'discriminator'], 64],
      [['generator', 'discriminator'], 512],
    ])
    expect(new Set(imported.map(({ id }) => id)).size).toBe(3)
    const again = jsonOf<Imported>(await mien(['import', perceptual, '--json'], { env }))
    expect(again).toEqual({ ...imported[0], known: true })
  })

  test('half a perceptual network is refused, and two whole ones are no two halves', async () => {
    const half = await mien(['import', join(tiny64, 'vgg16.pth'), join(tiny512, 'vgg16.pth')])
    expectRefusal(half, 3, /vgg16\.pth lacks the linear weights/, /both files/)
    const whole = join(tiny64, 'vgg16-lpips.pt')
    const args = ['project', ...tinyPictures, '--steps', '1', ...tinyGenerator]
    const landmarks = [
      '--landmark-model',
      join(tiny64, 'fan.pth'),
      '--out',
      join(temporaryFolder(), 'result'),
    ]
    const two = ['--perceptual-model', `${whole},${join(tiny512, 'vgg16-lpips.pt')}`]
    expectRefusal(
      await mien([...args, ...landmarks, ...two]),
      3,
      /are not the halves of one perceptual network/,
    )
  })
})

test('a model with a fault is listed with its reason, chosen in vain, and the rest works', async () => {
  const env = { MIEN_HOME: temporaryFolder() }
  const { stdout } = await mien(['import', generator, join(tiny64, 'fan.pth'), '--json'], { env })
  const [{ folder }] = stdout.split('\n').map((line) => JSON.parse(line || 'null')) as [Imported]
  writeFileSync(join(folder, 'model.json'), '{"id":"gen')
  const message = /model\.json does not describe a model/
  const listed = jsonOf<{
    readonly models: readonly { readonly id: string }[]
    readonly faults: readonly object[]
  }>(await mien(['models', '--json'], { env }))
  expect(listed.models.map(({ id }) => id)).toContain('fan')
  expect(listed.faults).toEqual([
    expect.objectContaining({ id: 'generator', code: 'bad-file', message: expect.stringMatching(message) }),
  ])
  const { stdout: lines } = await mien(['models'], { env })
  expect(lines).toContain('generator (imported) cannot be used')
  expect(lines).toMatch(message)
  const args = ['sample', '--seeds', '0', '--out', join(temporaryFolder(), 'faces')]
  expect(await mien(args, { env })).toMatchObject({ code: 0 })
  const refused = await mien([...args, '--model', 'generator'], { env })
  expectRefusal(refused, 3, message, /import the model again/)
})

describe('sample', () => {
  test('draws a picture a seed, the same for the same seed', async () => {
    const out = temporaryFolder()
    const { code } = await mien(['sample', '--seeds', '0-2,7', ...tinyGenerator, '--out', out])
    expect(code).toBe(0)
    expect(filesIn(out)).toEqual(['seed0000.png', 'seed0001.png', 'seed0002.png', 'seed0007.png'])
    const again = temporaryFolder()
    await mien(['sample', '--seeds', '7', ...tinyGenerator, '--out', again])
    expect(readFileSync(join(again, 'seed0007.png'))).toEqual(readFileSync(join(out, 'seed0007.png')))
  })

  test('truncation 0 draws the average face for every seed', async () => {
    const out = temporaryFolder()
    await mien(['sample', '--seeds', '0-1', '--truncation', '0', ...tinyGenerator, '--out', out])
    const [a, b] = await Promise.all(
      ['seed0000.png', 'seed0001.png'].map((name) => sharp(join(out, name)).raw().toBuffer()),
    )
    expect(a).toEqual(b)
  })
})

test('without the embedded pack a command says which flag helps', async () => {
  const pack = join(import.meta.dirname, '..', '..', 'models', 'pack', 'model.json')
  if (existsSync(pack)) return
  const out = join(temporaryFolder(), 'faces')
  expectRefusal(await mien(['sample', '--seeds', '0', '--out', out]), 3, /--model/)
})

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { full } from '../full.ts'
import { filesIn, jsonOf, mien, temporaryFolder, tiny64, tinyGenerator } from './mien.ts'
import { expectRefusal } from './refusal.ts'

const demo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
)
const look = ['--look', join(demo, 'sample3.jpg')]

describe('tune', () => {
  test.each([
    [[...look, ...tinyGenerator], 2, 'The embedded perceptual network judges drawings'],
    [look.slice(0, 0), 2, "'--look <picture>' not specified"],
    [['--look', join(tiny64, 'look.png')], 3, 'No face was found'],
    [[...look, '--latent', join(tiny64, 'look.png')], 3, 'is of no kind that holds weights'],
    [[...look, '--look-face', '9'], 3, 'there is no face 9'],
  ])('is refused with %j', async (flags, code, message) => {
    const out = join(temporaryFolder(), 'out')
    expectRefusal(await mien(['tune', ...flags, '--out', out]), code, message)
    expect(filesIn(out)).toEqual([])
  })

  test('refuses a latent of another generator, and leaves nothing', async () => {
    const folder = temporaryFolder()
    const latent = join(folder, 'w.npz')
    writeFileSync(latent, writeNpz({ w: floatTensor([1, 1, 3], [0, 0, 0]) }))
    const refused = await mien(['tune', ...look, '--latent', latent, '--out', join(folder, 'out')])
    expect(refused.code).toBe(3)
    expect(refused.stderr).toContain('does not fit this generator')
    expect(filesIn(folder)).toEqual(['w.npz'])
  })

  test('ends at Ctrl-C, with nothing where nothing was learnt', async () => {
    const out = join(temporaryFolder(), 'out')
    const stopped = await mien(['tune', ...look, '--out', out, '--json'], {
      onText: ['Tuning the generator', (child) => child.kill('SIGINT')],
    })
    expect(stopped.code).toBe(130)
    expect(jsonOf(stopped)).toMatchObject({ error: { code: 'stopped' } })
    expect(filesIn(out)).toEqual([])
  })

  test('goes on with nothing else than --resume', async () => {
    const out = temporaryFolder()
    expectRefusal(await mien(['tune', '--resume', out, ...look]), 2, '--look cannot change it')
    expectRefusal(await mien(['tune', '--resume', out]), 2, 'There is nothing to resume')
  })

  test.runIf(full)('writes a generator that draws its result again', { timeout: 600_000 }, async () => {
    const out = temporaryFolder()
    const summary = jsonOf<{ readonly identity: number; readonly files: Readonly<Record<string, string>> }>(
      await mien(['tune', ...look, '--out', out, '--json']),
    )
    expect(summary).toMatchObject({ out, steps: 350, stopped: false, provider: 'cpu' })
    expect(summary.identity).toBeLessThan(0.5)
    const { generator, latent, result } = summary.files
    const drawn = join(out, 'again.png')
    await mien(['render', '--model', generator!, '--latent', latent!, '--out', drawn])
    expect(readFileSync(drawn)).toEqual(readFileSync(result!))
    const over = await mien(['project', '--resume', out])
    expect(over.stderr).toContain('holds a run that is over')
  })
})

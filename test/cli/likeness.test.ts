import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { full } from '../full.ts'
import { photographs } from '../golden/face-api.ts'
import { type Finished, filesIn, jsonOf, mien, temporaryFolder, tinyGenerator, tinyModels } from './mien.ts'

interface Summary {
  readonly likeness?: {
    readonly kind: string
    readonly identity: number
    readonly landmarks: number
    readonly stretch: number
    readonly warnings: readonly string[]
    readonly seconds: number
  }
}

const [smiling, , , , , closed] = photographs as [string, string, string, string, string, string]
const photographed = ['project', '--look', closed, '--landmarks', smiling, '--steps', '2']
const pictures = [...photographed, '--json']
/** Of a generator that is loaded sooner than the pack's. */
const warped = [...photographed, ...tinyModels, '--likeness', 'warp']

const likenessIn = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')).result.likeness as Summary['likeness']

describe('a result that is a photograph', () => {
  /** One as it comes without flags, with the whole photograph. */
  let usual: Finished
  const folder = mkdtempSync(join(tmpdir(), 'mien-likeness-'))
  const usualOut = join(folder, 'result')
  beforeAll(async () => {
    const env = { MIEN_HOME: join(folder, 'home') }
    usual = await mien([...photographed, '--paste-back', '--out', usualOut], { env })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('shows the person with the other landmarks, by itself and in the whole photograph', async () => {
    expect(usual.code).toBe(0)
    const likeness = likenessIn(usualOut)
    expect(likeness).toMatchObject({ kind: 'warp', warnings: [] })
    expect(likeness!.identity).toBeLessThan(0.5)
    expect(likeness!.landmarks).toBeLessThan(0.08)
    expect(likeness!.stretch).toBeGreaterThan(1)
    const made = expect.arrayContaining(['proj.png', 'proj_drawn.png', 'proj_whole.png'])
    expect(filesIn(usualOut)).toEqual(made)
    const sizeOf = async (name: string) => {
      const { width, height } = await sharp(readFileSync(join(usualOut, name))).metadata()
      return [width, height]
    }
    expect(await sizeOf('proj_drawn.png')).toEqual([256, 256])
    expect((await sizeOf('proj.png'))[0]).toBeGreaterThan(256)
    expect(await sizeOf('proj_whole.png')).toEqual([1920, 1537])
  })

  test('is told with how far the face is from the person of the look', () => {
    const { identity } = JSON.parse(readFileSync(join(usualOut, 'run.json'), 'utf8'))
    expect(identity).toBeGreaterThan(0)
    const shown = /identity distance +(\d+\.\d\d) .*below 0\.6/.exec(usual.stdout)
    expect(shown?.[1]).toBe(identity.toFixed(2))
  })

  test('goes as far as the groups of landmarks count, of a run that is taken up again, too', async () => {
    const out = temporaryFolder()
    const weights = ['--landmark-weights', '0,0,0,0,0,0,0,0,0', '--paste-back']
    const killed = await mien([...warped, ...weights, '--steps', '400', '--out', out], {
      onText: ['/400', (child) => child.kill('SIGKILL')],
    })
    expect(killed.code).not.toBe(0)
    const still = await mien(['project', '--resume', out, '--json'], {
      onText: ['/400', (child) => child.kill('SIGINT')],
    })
    const { likeness } = jsonOf<Summary>(still)
    expect(likeness!.kind).toBe('warp')
    expect(likeness!.identity).toBeLessThan(0.2)
    expect(likeness!.stretch).toBeCloseTo(1, 1)
    expect(likenessIn(out)).toEqual(likeness)
    expect(filesIn(out)).toContain('proj_whole.png')
  })

  test('goes where the search has brought the landmarks, if that is asked for', async () => {
    const out = temporaryFolder()
    await mien([...pictures, '--likeness-aim', 'result', '--out', out])
    const pixels = (made: string) =>
      sharp(readFileSync(join(made, 'proj.png')))
        .raw()
        .toBuffer()
    expect((await pixels(usualOut)).equals(await pixels(out))).toBe(false)
    expect(likenessIn(out)!.landmarks).toBeLessThan(0.08)
  })

  const drawn = [
    ['the generator is another', tinyModels],
    ['is asked for', ['--likeness', 'off']],
    ['the search is the reference’s', ['--reference']],
    ['nothing was aligned', ['--no-align']],
  ] as const

  test.each(drawn)('is not there to be pasted where %s', async (_, flags) => {
    const refused = await mien([...pictures, ...flags, '--paste-back', '--out', temporaryFolder()])
    expect(refused.code).toBe(2)
    expect(refused.stdout).toContain('--paste-back needs a result that is a photograph.')
  })

  test.each(full ? drawn : drawn.slice(0, 1))(
    'stays as the generator draws it where %s',
    async (_, flags) => {
      const out = temporaryFolder()
      const summary = jsonOf<Summary>(await mien([...pictures, ...flags, '--out', out]))
      expect(summary).not.toHaveProperty('likeness')
      expect(filesIn(out)).not.toContain('proj_drawn.png')
    },
  )

  test('stays as the generator draws it where the look is a drawing, unless a photograph is asked for', async () => {
    const drawn = [
      'project',
      '--look',
      'models/examples/look.png',
      '--landmarks',
      smiling,
      '--steps',
      '2',
      '--json',
    ]
    expect(jsonOf(await mien([...drawn, '--out', temporaryFolder()]))).not.toHaveProperty('likeness')
    const asked = [...drawn, ...tinyModels, '--likeness', 'warp', '--out', temporaryFolder()]
    expect(jsonOf(await mien(asked))).toHaveProperty('likeness')
  })

  test.runIf(full)(
    'is taught to another generator, as one of photographs',
    { timeout: 600_000 },
    async () => {
      const out = temporaryFolder()
      const flags = [...tinyModels, '--steps', '20', '--likeness', 'tune', '--out', out]
      const { likeness } = jsonOf<Summary>(await mien([...pictures, ...flags]))
      expect(likeness).toMatchObject({ kind: 'tune' })
      const again = join(temporaryFolder(), 'again.png')
      const model = ['--model', join(out, 'generator_tuned.safetensors')]
      const latent = ['--latent', join(out, 'projected_w.npz')]
      expect((await mien(['render', ...model, ...latent, '--out', again])).code).toBe(0)
      expect(readFileSync(again)).toEqual(readFileSync(join(out, 'proj.png')))
    },
  )

  test.each([
    [['--likeness', 'warp', '--reference'], '--likeness warp does not go with --reference.'],
    [['--likeness', 'warp', '--no-align'], '--likeness warp does not go with --no-align.'],
    [['--likeness', 'tune', '--no-align'], '--likeness tune does not go with --no-align.'],
    [['--likeness', 'tune', ...tinyGenerator], 'this generator cannot be tuned by it.'],
    [['--reference', '--likeness-aim', 'result'], '--likeness-aim needs a result that is a photograph.'],
  ])('is refused with %j', async (flags, message) => {
    const refused = await mien([...pictures, ...flags, '--out', temporaryFolder()])
    expect(refused.code).toBe(2)
    expect(refused.stdout).toContain(message)
  })
})

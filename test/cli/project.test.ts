import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { numbersOf, readNpzFile, relativeError } from './arrays.ts'
import {
  type Finished,
  filesIn,
  jsonOf,
  mien,
  temporaryFolder,
  tiny64,
  tinyModels,
  tinyPictures,
} from './mien.ts'

interface Summary {
  readonly out: string
  readonly steps: number
  readonly seconds: number
  readonly provider: string
  readonly stopped: boolean
  readonly final: Readonly<Record<'perceptual' | 'landmark' | 'noiseReg' | 'loss', number>>
  readonly files: Readonly<Record<string, string>>
}

const always = [
  'contact-sheet.png',
  'metrics.ndjson',
  'noise.npz',
  'proj.png',
  'projected_w.npz',
  'run.json',
  'start.png',
  'target_landmarks.png',
  'target_look.png',
]

const common = ['project', ...tinyPictures, ...tinyModels, '--provider', 'cpu', '--threads', '1']

/** Runs five steps into a folder, where the flags ask for nothing else. */
async function projected(out: string, ...flags: string[]): Promise<Summary> {
  return jsonOf(await mien([...common, '--out', out, '--steps', '5', '--json', ...flags]))
}

/** What `mien evaluate` says of a result. */
async function evaluated<Extra = unknown>(
  out: string,
  ...flags: string[]
): Promise<Summary['final'] & Extra> {
  const again = await mien([
    ...['evaluate', '--latent', join(out, 'projected_w.npz'), '--noise', join(out, 'noise.npz'), '--json'],
    ...['--look', join(out, 'target_look.png'), '--landmarks', join(out, 'target_landmarks.png')],
    ...['--no-align', ...tinyModels, ...flags],
  ])
  return jsonOf(again)
}

/** Without what it takes to go on, and the pictures of the way. */
function resultsIn(out: string): readonly string[] {
  return filesIn(out).filter((name) => !/^(recovery|history)/.test(name))
}

function metricsIn(folder: string): Record<string, number>[] {
  const text = readFileSync(join(folder, 'metrics.ndjson'), 'utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('a projection', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-test-'))
  const out = join(folder, 'new', 'result')
  let finished: Finished
  beforeAll(async () => {
    const args = [...common, '--out', out, '--steps', '12', '--json']
    finished = await mien(args, { env: { MIEN_HOME: join(folder, 'home') } })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('leaves the files of the reference and an honest record', async () => {
    const summary = jsonOf<Summary>(finished)
    expect(finished.code).toBe(0)
    expect(resultsIn(out)).toEqual(always)
    expect(summary).toMatchObject({ out, steps: 12, provider: 'cpu', stopped: false })
    for (const path of Object.values(summary.files)) expect(existsSync(path)).toBe(true)

    const latent = readNpzFile(join(out, 'projected_w.npz')).get('w')!
    expect(latent).toMatchObject({ dtype: 'float32', shape: [1, 10, 64] })
    const noise = readNpzFile(join(out, 'noise.npz'))
    expect([...noise.keys()]).toContain('b64.conv1.noise_const')
    expect(noise.get('b64.conv1.noise_const')).toMatchObject({ dtype: 'float32', shape: [64, 64] })
    for (const name of ['proj.png', 'start.png', 'target_look.png']) {
      expect(await sharp(join(out, name)).metadata()).toMatchObject({ width: 64, height: 64, channels: 3 })
    }

    const metrics = metricsIn(out)
    expect(metrics.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    expect(record).toMatchObject({ state: 'done', step: 12, steps: 12, terms: summary.final })
    expect(record).toMatchObject({ order: { settings: { seed: 303 } }, result: { steps: 12 } })
  })

  test('a target that fits already is not changed by a bit', async () => {
    const pixels = (path: string) => sharp(path).removeAlpha().raw().toBuffer()
    expect(await pixels(join(out, 'target_look.png'))).toEqual(await pixels(join(tiny64, 'look.png')))
  })

  test('evaluate agrees with the final terms of a result', async () => {
    const { final } = jsonOf<Summary>(finished)
    const terms = await evaluated(out)
    expect(Object.keys(terms).sort()).toEqual(['landmark', 'loss', 'noiseReg', 'perceptual'])
    expect(Math.abs(terms.perceptual / final.perceptual - 1)).toBeLessThan(1e-4)
    expect(Math.abs(terms.landmark / final.landmark - 1)).toBeLessThan(1e-4)
  })

  const allTerms = [
    ...['--prior-weight', '0.5', '--colour-weight', '3', '--discriminator-weight', '0.25'],
    ...['--landmark-mask', '1', '--landmark-confidence'],
  ]

  test('every term and option of the objective is in the sum, in W+, and evaluate agrees', async () => {
    const { out, final } = await inLayers()
    const flags = allTerms
    const terms = await evaluated<Record<'prior' | 'colour' | 'discriminator', number>>(out, ...flags)
    const { perceptual, landmark, noiseReg, prior, colour, discriminator } = terms
    for (const term of [prior, colour, discriminator]) expect(term).toBeGreaterThan(0)
    const reference = perceptual + 0.05 * landmark + 1e5 * noiseReg
    const sum = reference + 0.5 * prior + 3 * colour + 0.25 * discriminator
    expect(Math.abs(terms.loss / sum - 1)).toBeLessThan(1e-4)
    expect(Math.abs(terms.loss / final.loss - 1)).toBeLessThan(1e-4)
    const plain = await evaluated(out)
    // The network of the fixture was never trained: its heat maps show no face that one could be sure of.
    expect(landmark).toBeLessThan(0.5 * plain.landmark)
    expect(perceptual).toBeLessThan(0.99 * plain.perceptual)
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    expect(record.order.settings).toMatchObject({ confidence: true, landmarkMask: 1 })
    expect(record.result.modelHashes.discriminator).toEqual(record.result.modelHashes.generator)
  })

  let searchedInLayers: Promise<Summary> | undefined
  /** A result in W+ with every term. */
  function inLayers(): Promise<Summary> {
    searchedInLayers ??= projected(join(folder, 'layers'), ...allTerms, '--space', 'w+')
    return searchedInLayers
  }

  // The first step has the learning rate 0, so its result is where the search began.
  const begun = async (...flags: string[]) => {
    const out = temporaryFolder()
    await mien([...common, ...flags, '--out', out, '--steps', '1'])
    return numbersOf(readNpzFile(join(out, 'projected_w.npz')), 'w').slice(0, 64)
  }
  const average = numbersOf(readNpzFile(join(tiny64, 'networks.npz')), 'w_avg')

  test('a model that asks for nothing begins near the look, and at the average face with --reference', async () => {
    expect(relativeError(await begun('--reference'), average)).toBeLessThan(1e-4)
    expect(relativeError(await begun(), average)).toBeGreaterThan(0.02)
  })

  test('--start-truncation begins on the way from the average face to that of the seed', async () => {
    const whole = await begun('--start', 'average', '--start-truncation', '1')
    const half = await begun('--start', 'average', '--start-truncation', '0.5')
    expect(relativeError(whole, average)).toBeGreaterThan(0.5)
    expect(
      relativeError(
        half,
        whole.map((w, i) => (w + average[i]!) / 2),
      ),
    ).toBeLessThan(1e-4)
  })

  test('render draws the picture of a result again, but for rounding', async () => {
    const again = join(folder, 'again.png')
    const { code } = await mien([
      ...['render', '--latent', join(out, 'projected_w.npz'), '--noise', join(out, 'noise.npz')],
      ...['--out', again, ...tinyModels.slice(0, 2)],
    ])
    expect(code).toBe(0)
    const drawn = await sharp(again).raw().toBuffer()
    const first = await sharp(join(out, 'proj.png')).raw().toBuffer()
    expect(Math.max(...drawn.map((value, i) => Math.abs(value - first[i]!)))).toBeLessThanOrEqual(1)
  })

  test('the same seed and threads give the same bits, another seed another face', async () => {
    const seeded = async (seed: string) => {
      const { out } = await projected(temporaryFolder(), '--seed', seed, '--steps', '12')
      return readFileSync(join(out, 'projected_w.npz'))
    }
    const first = readFileSync(join(out, 'projected_w.npz'))
    // The seed of one that is not asked for another.
    expect(await seeded('303')).toEqual(first)
    expect((await seeded('8')).equals(first)).toBe(false)
  })

  test('W+ gives each layer its own latent, W the same to all', async () => {
    const rows = (result: string) => {
      const latent = numbersOf(readNpzFile(join(result, 'projected_w.npz')), 'w')
      return new Set(Array.from({ length: 10 }, (_, row) => latent.slice(row * 64, row * 64 + 64).join()))
    }
    expect(rows(out).size).toBe(1)
    expect(rows((await inLayers()).out).size).toBe(10)
  })

  test('--save-video writes a film of four pictures side by side; a run after it replaces all files', async () => {
    const out = temporaryFolder()
    writeFileSync(join(out, 'mine.txt'), 'kept')
    const first = await mien([...common, '--out', out, '--steps', '10', '--save-video'])
    expect(first.code).toBe(0)
    expect(resultsIn(out)).toEqual([...always, 'mine.txt', 'proj.mp4'].sort())
    const film = readFileSync(join(out, 'proj.mp4'))
    expect(film.subarray(4, 8).toString('latin1')).toBe('ftyp')
    // The visual sample entry of H.264 holds width and height.
    const entry = film.indexOf('avc1', film.indexOf('stsd'))
    expect([film.readUInt16BE(entry + 28), film.readUInt16BE(entry + 30)]).toEqual([1024, 256])

    const { stdout, stderr } = await mien([...common, '--out', out, '--steps', '3'])
    expect(stderr).toMatch(/^step 1\/3 .* loss .*\n/)
    for (const control of ['\r', '\u001b']) expect(stderr).not.toContain(control)
    expect(stdout).toMatch(/^Done: 3 steps in .* on cpu\./)
    expect(resultsIn(out)).toEqual([...always, 'mine.txt'].sort())
    expect(metricsIn(out)).toHaveLength(3)
  })
})

describe('stopping', () => {
  const interrupt = [
    'step',
    (child: { kill(signal: NodeJS.Signals): boolean }) => child.kill('SIGINT'),
  ] as const

  test.skipIf(process.platform === 'win32')('Ctrl-C keeps what there is and ends with 130', async () => {
    const out = temporaryFolder()
    const finished = await mien([...common, '--out', out, '--steps', '100000', '--json'], {
      onText: interrupt,
    })
    const summary = jsonOf<Summary>(finished)
    expect(finished.code).toBe(130)
    expect(summary.stopped).toBe(true)
    expect(summary.steps).toBeGreaterThan(0)
    expect(resultsIn(out)).toEqual(always)
    expect(metricsIn(out)).toHaveLength(summary.steps)
    expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))).toMatchObject({ state: 'stopped' })
  })

  test.skipIf(process.platform !== 'linux')('the engine ends when the command is killed', async () => {
    const children = (pid: number) =>
      readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number)
    let engine: number | undefined
    await mien([...common, '--out', temporaryFolder(), '--steps', '100000'], {
      onText: [
        'step',
        (child) => {
          engine = children(child.pid!)[0]
          child.kill('SIGKILL')
        },
      ],
    })
    await expect.poll(() => existsSync(`/proc/${engine}`), { timeout: 5000 }).toBe(false)
  })
})

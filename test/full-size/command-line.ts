import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { photograph } from '../web/dropped.ts'
import { type Ended, mien } from './program.ts'
import { type SetServer, setOf } from './set-server.ts'

/** What the parts cost on the command line; seconds of steps are those after the first. */
export interface CommandLineFigures {
  readonly download: Ended
  /** Of two photographs, as the product searches. */
  readonly photographs: Ended & { readonly steps: readonly number[] }
  /** Of aligned pictures, as the reference searches: every step draws the whole. */
  readonly reference: Ended & { readonly steps: readonly number[] }
  readonly resumed: Ended
  readonly render: Ended
  readonly exported: Ended
  /** Perceptual and landmark term of the reference's result. */
  readonly terms: Readonly<Record<'perceptual' | 'landmark' | 'noiseReg', number>>
  /** The folder of the reference's run. */
  readonly folder: string
}

export const steps = 3
const results = ['projected_w.npz', 'noise.npz', 'proj.png']

/**
 * Takes a set through the command line: download, search of photographs, search as the reference, stop and resume, render,
 * export. Throws AssertionError where a part does not work.
 *
 * @param home the data folder, which is empty at first
 * @param work where results go
 */
export async function measureCommandLine(
  size: number,
  home: string,
  work: string,
  { catalogue }: SetServer,
): Promise<CommandLineFigures> {
  const at = (...names: string[]) => join(work, ...names)
  mkdirSync(work, { recursive: true })
  const { id } = setOf(size)
  const download = await mien(home, ['download', id, '--catalogue', catalogue, '--accept-licence', '--json'])
  const downloaded = JSON.parse(download.stdout) as { set: string; models: string[] }
  assert.equal(downloaded.set, id)
  assert.deepEqual(downloaded.models.toSorted(), ['2dfan4-cd938726ad', id, 'vgg16'].toSorted())

  const begun = { until: 'step 1/' }
  const chosen = ['--model', id, '--steps', `${steps}`, '--json']
  const pictures = ['--look', photograph('sample6.jpg'), '--landmarks', photograph('sample1.jpg')]
  const kept = ['--save-video', '--latent-format', 'pt']
  const photographs = await mien(
    home,
    ['project', ...pictures, ...chosen, ...kept, '--out', at('photographs')],
    begun,
  )
  await requireSize(at('photographs', 'proj.png'), size)
  for (const name of ['proj.mp4', 'projected_w.pt']) assert(existsSync(at('photographs', name)), name)
  const { files } = recordOf(at('photographs')).order
  assert.deepEqual([files.landmarks[0].id, files.perceptual[0].id], ['2dfan4-cd938726ad', 'vgg16'])

  const targets = [
    ...['--look', at('photographs', 'target_look.png')],
    ...['--landmarks', at('photographs', 'target_landmarks.png'), '--no-align'],
  ]
  const search = ['project', ...targets, ...chosen, '--reference']
  const reference = await mien(home, [...search, '--out', at('reference')], begun)
  const stopped = await mien(home, [...search, '--out', at('stopped')], {
    ...begun,
    onReached: (child) => child.kill('SIGINT'),
    code: 130,
  })
  assert((JSON.parse(stopped.stdout) as { steps: number }).steps < steps, 'it was stopped on its way')
  const resumed = await mien(home, ['project', '--resume', at('stopped'), '--json'])
  for (const name of results) {
    const same = readFileSync(at('stopped', name)).equals(readFileSync(at('reference', name)))
    assert(same, `${name} of the search that was stopped and resumed is that of the other to the bit`)
  }

  const latent = [
    ...['--latent', at('reference', 'projected_w.npz'), '--noise', at('reference', 'noise.npz')],
    ...['--model', id],
  ]
  const render = await mien(home, ['render', ...latent, '--out', at('render.png')])
  await requireSize(at('render.png'), size)
  const terms = JSON.parse((await mien(home, ['evaluate', ...latent, ...targets, '--json'])).stdout)
  const exported = await mien(home, ['export', '--model', id, '--out', at('generator.pt')])
  await mien(home, ['export', '--model', id, '--out', at('generator.safetensors')])
  const again = ['--model', at('generator.safetensors'), '--seeds', '0', '--out', at('faces')]
  await mien(home, ['sample', ...again])
  await requireSize(at('faces', 'seed0000.png'), size)
  return {
    ...{ download, resumed, render, exported, terms, folder: at('reference') },
    photographs: { ...photographs, steps: stepSeconds(at('photographs')) },
    reference: { ...reference, steps: stepSeconds(at('reference')) },
  }
}

function recordOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
}

async function requireSize(path: string, size: number): Promise<void> {
  const { width, height } = await sharp(path).metadata()
  assert.deepEqual([width, height], [size, size], path)
}

/** Seconds of each step after the first. */
function stepSeconds(folder: string): readonly number[] {
  const lines = readFileSync(join(folder, 'metrics.ndjson'), 'utf8').trim().split('\n')
  const ends = lines.map((line) => (JSON.parse(line) as { seconds: number }).seconds)
  assert.equal(ends.length, steps)
  return ends.slice(1).map((end, i) => end - ends[i]!)
}

/** Writes the pictures that the search was given as bytes of their pixels, which NumPy reads by itself. */
export async function writePixels(folder: string): Promise<void> {
  for (const name of ['look', 'landmarks']) {
    writeFileSync(join(folder, `${name}.rgb`), await pixelsOf(join(folder, `target_${name}.png`)))
  }
}

/** 8 bits a channel. */
export function pixelsOf(path: string): Promise<Buffer> {
  return sharp(path).removeAlpha().raw().toBuffer()
}

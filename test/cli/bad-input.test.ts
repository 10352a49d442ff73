import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { full } from '../full.ts'
import { filesIn, mien, temporaryFolder, tiny64, tinyGenerator, tinyModels, tinyPictures } from './mien.ts'
import { badPictures, goodPictures, put } from './pictures.ts'
import { expectRefusal } from './refusal.ts'

const look = join(tiny64, 'look.png')

/** Projects with one thing replaced; the result folder must not come into being. */
async function refusedProjection(changes: readonly string[], code: number, ...words: readonly RegExp[]) {
  const out = join(temporaryFolder(), 'result')
  // The last value of a flag that is given twice counts.
  const args = ['project', ...tinyPictures, ...tinyModels, '--steps', '2', '--out', out, ...changes]
  expectRefusal(await mien(args), code, ...words)
  expect(filesIn(out)).toEqual([])
}

describe('pictures', async () => {
  const bad = await badPictures()
  const good = await goodPictures()

  test.each(Object.keys(bad))('%s is refused', async (name) => {
    const [bytes, reason] = bad[name]!
    const path = put(temporaryFolder(), name, bytes)
    const aligned = join(temporaryFolder(), 'aligned.png')
    expectRefusal(await mien(['align', path, '--out', aligned]), 3, reason, new RegExp(name))
    expect(existsSync(aligned)).toBe(false)
    // It reads pictures as `align` does, beside its models: one that is cut and one that is none stand for the others.
    if (full || name === 'cut.jpg' || name === 'text.png') {
      await refusedProjection(['--look', path], 3, reason, new RegExp(name))
    }
  })

  // What their pixels become, and more kinds: test/unit/node-pictures.
  test.each(['cmyk.jpg', 'animated.gif'])('%s is taken', async (name) => {
    const folder = temporaryFolder()
    const path = put(folder, name, good[name]!)
    const out = join(folder, 'result')
    const args = [
      'project',
      ...tinyPictures,
      ...tinyModels,
      '--landmarks',
      path,
      '--out',
      out,
      '--steps',
      '1',
    ]
    expect(await mien(args)).toMatchObject({ code: 0 })
  })

  test('a missing picture, a folder', async () => {
    await refusedProjection(['--look', 'nowhere.png'], 3, /nowhere\.png does not exist/)
    await refusedProjection(['--landmarks', tiny64], 3, /is a folder/)
  })
})

test('float16 on the processor is refused', async () => {
  const half = ['--precision', 'float16', '--provider', 'cpu']
  await refusedProjection(half, 2, /processor computes in float32/, /--precision/)
})

describe('checkpoints', () => {
  const whole = readFileSync(join(tiny64, 'generator.pkl'))
  const cases: [string, Uint8Array | string, RegExp][] = [
    ['empty.pkl', '', /empty/],
    ['cut.pkl', whole.subarray(0, whole.length >> 1), /cut\.pkl/],
    ['text.pkl', 'A text, not a checkpoint, of some length.', /of no kind that holds weights/],
    ['page.pkl', '<!DOCTYPE html><html>Sign in</html>', /web page/],
    ['evil.pkl', 'cposix\nsystem\n(S"true"\ntR.', /posix\.system/],
  ]

  test.each(cases)('%s', async (name, bytes, reason) => {
    const path = put(temporaryFolder(), name, bytes)
    await refusedProjection(['--model', path], 3, reason)
    expectRefusal(await mien(['import', path]), 3, reason)
  })

  test('missing files and unknown ids', async () => {
    await refusedProjection(
      ['--model', 'nowhere.pkl'],
      3,
      /nowhere\.pkl is neither a file nor/,
      /mien models/,
    )
    expectRefusal(await mien(['import', 'nowhere.pkl']), 3, /does not exist/)
  })

  test('a file for the wrong flag', async () => {
    await refusedProjection(
      ['--model', join(tiny64, 'fan.pth')],
      3,
      /no.* a generator; it holds a landmark network/,
    )
    await refusedProjection(['--landmark-model', join(tiny64, 'generator.pkl')], 3, /holds a generator/)
    await refusedProjection(['--perceptual-model', join(tiny64, 'fan.pth')], 3, /perceptual network/)
    await refusedProjection(
      ['--perceptual-model', join(tiny64, 'vgg16.pth')],
      3,
      /both files at once, vgg16\.pth and lpips\.pth/,
    )
  })

  test('weights that do not fit each other', async () => {
    const other = join(tiny64, '..', 'tiny512', 'lpips.pth')
    await refusedProjection(['--perceptual-model', `${join(tiny64, 'vgg16.pth')},${other}`], 3)
  })
})

describe('latents', () => {
  const latentOf = (shape: readonly number[], fill = 0) =>
    writeNpz({
      w: floatTensor(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill)),
    })

  test.each<[string, Uint8Array | string, RegExp]>([
    ['other-width', latentOf([1, 10, 32]), /\[1, 10, 32\].*\[1, 10, 64\]/],
    ['other-rows', latentOf([1, 9, 64]), /\[1, 9, 64\].*\[1, 10, 64\]/],
    ['four-extents', latentOf([1, 1, 1, 64]), /\[1, 1, 1, 64\].*num_ws/],
    ['two', latentOf([2, 10, 64]), /holds 2 latents.*--latent-index/],
    ['other-key', writeNpz({ z: floatTensor([1, 1, 64], new Float32Array(64)) }), /"w" is missing among "z"/],
    ['not-finite', latentOf([1, 1, 64], Number.NaN), /not finite/],
    ['empty', '', /empty/],
    ['cut', latentOf([1, 10, 64]).subarray(0, 700), /npz/],
    ['picture', readFileSync(look), /npz/],
  ])('%s', async (name, bytes, reason) => {
    const folder = temporaryFolder()
    const path = put(folder, `${name}.npz`, bytes)
    const out = join(folder, 'x.png')
    expectRefusal(await mien(['render', '--latent', path, '--out', out, ...tinyGenerator]), 3, reason)
    // It reads latents as `render` does: a form that does not fit, and a file that is none, stand for the others.
    if (full || name === 'other-width' || name === 'picture') {
      const judged = ['evaluate', '--latent', path, ...tinyPictures, ...tinyModels]
      expectRefusal(await mien(judged), 3, reason)
    }
    expect(filesIn(folder)).toEqual([`${name}.npz`])
  })

  test('a checkpoint is no latent', async () => {
    const path = join(tiny64, 'generator.pkl')
    expectRefusal(
      await mien(['render', '--latent', path, '--out', 'x.png', ...tinyGenerator]),
      3,
      /checkpoint/,
    )
  })

  test('noise that does not fit', async () => {
    const folder = temporaryFolder()
    const latent = put(folder, 'w.npz', latentOf([1, 1, 64]))
    const noise = put(folder, 'n.npz', writeNpz({ 'b4.conv1.noise_const': floatTensor([4], [1, 2, 3, 4]) }))
    const args = ['render', '--latent', latent, '--noise', noise, '--out', join(folder, 'x.png')]
    expectRefusal(await mien([...args, ...tinyGenerator]), 3, /b4\.conv1\.noise_const.*\[4, 4\]/)
    expect(filesIn(folder)).toEqual(['n.npz', 'w.npz'])
  })
})

describe('places that cannot be written', () => {
  const sample = (out: string) => mien(['sample', '--seeds', '0-1', ...tinyGenerator, '--out', out])
  const project = (out: string) =>
    mien(['project', ...tinyPictures, ...tinyModels, '--steps', '2', '--out', out])

  test('a path through a file', async () => {
    const file = put(temporaryFolder(), 'file', 'x')
    expectRefusal(await sample(join(file, 'a')), 3, /part of the path is a file/)
    expectRefusal(await project(join(file, 'a')), 3, /part of the path is a file/)
    expectRefusal(await project(file), 3, /is a file|in the way/)
  })

  test('a picture in a folder that does not exist', async () => {
    const folder = temporaryFolder()
    const latent = put(folder, 'w.npz', writeNpz({ w: floatTensor([1, 1, 64], new Float32Array(64)) }))
    const args = ['render', '--latent', latent, '--out', join(folder, 'no', 'x.png'), ...tinyGenerator]
    expectRefusal(await mien(args), 3, /no cannot be written: the folder does not exist/)
  })

  test.skipIf(process.platform !== 'linux')('/proc, where nothing can be made', async () => {
    expectRefusal(await project('/proc/mien/result'), 3, /cannot be written/)
  })

  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'a folder of someone else',
    async () => {
      const folder = temporaryFolder()
      mkdirSync(join(folder, 'closed'), { mode: 0o500 })
      expectRefusal(await project(join(folder, 'closed', 'result')), 3, /you may not write there/)
    },
  )
})

/** A file system of its own of so many MiB, or undefined where mounting is not permitted. */
function smallDisk(mebibytes: number): string | undefined {
  if (process.platform !== 'linux') return undefined
  const folder = temporaryFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  if (mounted.status !== 0) return undefined
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

describe('a full disk', () => {
  test('too little space is told before the search begins', async (context) => {
    const disk = smallDisk(8) ?? context.skip('mounting is not permitted here')
    const args = ['project', ...tinyPictures, ...tinyModels, '--steps', '2', '--out', join(disk, 'result')]
    expectRefusal(await mien(args), 3, /are free, .* are needed/)
    expect(filesIn(disk)).toEqual([])
  })

  test('a disk that is full while writing leaves whole files only', async (context) => {
    const disk = smallDisk(1) ?? context.skip('mounting is not permitted here')
    writeFileSync(join(disk, 'filler'), Buffer.alloc(2 ** 20 - 3 * 4096))
    const args = ['sample', '--seeds', '0-3', ...tinyGenerator, '--out', join(disk, 'faces')]
    expectRefusal(await mien(args), 3, /disk is full/, /Free some space/)
    const left = filesIn(join(disk, 'faces'))
    expect(left.filter((name) => !/^seed\d{4}\.png$/.test(name))).toEqual([])
    for (const name of left) {
      expect(
        readFileSync(join(disk, 'faces', name))
          .subarray(-8, -4)
          .toString('latin1'),
      ).toBe('IEND')
    }
  })

  test('an import that does not fit leaves no trace', async (context) => {
    const home = smallDisk(1) ?? context.skip('mounting is not permitted here')
    const args = ['import', join(tiny64, 'generator.pkl')]
    expectRefusal(await mien(args, { env: { MIEN_HOME: home } }), 3, /are free|disk is full/)
    expect(filesIn(home)).toEqual([])
  })
})

test('--json tells the error as an object too', async () => {
  const { code, stdout } = await mien([
    'render',
    '--latent',
    'no.npz',
    '--out',
    'x.png',
    '--json',
    ...tinyGenerator,
  ])
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toEqual({
    error: { code: 'unreadable-file', message: 'no.npz does not exist.', hint: 'Check the path.' },
  })
})

test('a provider that is not there ends with 4', async () => {
  const args = [
    'sample',
    '--seeds',
    '0',
    ...tinyGenerator,
    '--provider',
    process.platform === 'darwin' ? 'dml' : 'coreml',
  ]
  expectRefusal(
    await mien([...args, '--out', join(temporaryFolder(), 'x')]),
    4,
    /not part of this installation/,
    /--provider cpu/,
  )
})

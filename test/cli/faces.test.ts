import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { full } from '../full.ts'
import { filesIn, jsonOf, mien, temporaryFolder, tiny64, tinyModels } from './mien.ts'
import { put } from './pictures.ts'
import { expectRefusal } from './refusal.ts'

const demo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
)
const family = join(demo, 'sample1.jpg')
const alignFolder = join(tiny64, '..', 'align')

interface Point extends ReadonlyArray<number> {
  readonly length: 2
}

interface FaceJson {
  readonly box: readonly number[]
  readonly score: number
  readonly points: readonly Point[]
  readonly quad: readonly Point[]
}

interface Detected {
  readonly width: number
  readonly height: number
  readonly faces: readonly FaceJson[]
}

interface AlignedJson extends FaceJson {
  readonly out: string
  readonly size: number
  readonly faces: number
  readonly face: number | null
}

const detected = async (path: string) => jsonOf<Detected>(await mien(['detect', path, '--json']))

let inFamily: Promise<Detected> | undefined
/** The faces of `family`, looked for once. */
function facesOfFamily(): Promise<Detected> {
  inFamily ??= detected(family)
  return inFamily
}

/** A grey picture of that size. */
function blank(width = 320, height = 240): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#777' } })
    .png()
    .toBuffer()
}

async function meanDifference(a: string, b: string): Promise<number> {
  const [x, y] = await Promise.all([a, b].map((path) => sharp(path).removeAlpha().raw().toBuffer()))
  expect(x!.length).toBe(y!.length)
  return x!.reduce((sum, value, i) => sum + Math.abs(value - y![i]!), 0) / x!.length
}

describe('detect', () => {
  test('prints the faces, the largest first', async () => {
    const { width, height, faces } = await facesOfFamily()
    expect({ width, height, count: faces.length }).toEqual({ width: 1920, height: 1280, count: 3 })
    const areas = faces.map(({ box }) => box[2]! * box[3]!)
    expect(areas).toEqual([...areas].sort((a, b) => b - a))
    for (const { box, score, points, quad } of faces) {
      expect([box.length, points.length, quad.length]).toEqual([4, 68, 4])
      expect(score).toBeGreaterThan(0.9)
      const [x, y, w, h] = box as [number, number, number, number]
      const near = points.filter(
        ([u, v]) => u! > x - w / 4 && u! < x + w * 1.25 && v! > y && v! < y + h * 1.25,
      )
      expect(near).toHaveLength(68)
    }
  })

  test('people get a line a face', async () => {
    const { stdout, stderr } = await mien(['detect', family])
    expect(stderr).toBe('')
    expect(stdout.trim().split('\n')).toHaveLength(4)
    expect(stdout).toMatch(
      /^3 faces in .* \(1920 x 1280\)\.\n {2}1: \d+ x \d+ pixels at \(\d+, \d+\), score 0\.99\n/,
    )
  })

  test('one of 69 megapixels is scaled down, which is said, and its faces are where they were', async () => {
    const enlarged = await sharp(family).resize(10_200, 6800).jpeg().toBuffer()
    const path = put(temporaryFolder(), 'large.jpg', enlarged)
    const { code, stdout, stderr } = await mien(['detect', path, '--json'])
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /large\.jpg has 10200 x 6800 pixels \(69 megapixels\); it was scaled down to 10033 x 6688\.\n$/,
    )
    const { width, height, faces } = JSON.parse(stdout) as Detected
    expect([width, height]).toEqual([10_033, 6688])
    const known = await facesOfFamily()
    expect(faces).toHaveLength(known.faces.length)
    for (const { box } of known.faces) {
      const [x, y, across] = box.map((value) => (value * width) / known.width)
      const away = faces.map((face) => Math.hypot(face.box[0]! - x!, face.box[1]! - y!))
      expect(Math.min(...away)).toBeLessThan(across! / 10)
    }
  })

  test('where there is none, the list is empty', async () => {
    const path = put(temporaryFolder(), 'grey.png', await blank())
    expect(await detected(path)).toEqual({ width: 320, height: 240, faces: [] })
    expect((await mien(['detect', path])).stdout).toMatch(/^No face in /)
  })

  test('pixels are those of the upright picture, in full size', async () => {
    const large = await sharp(family)
      .resize(4000)
      .rotate(90)
      .withMetadata({ orientation: 8 })
      .jpeg()
      .toBuffer()
    const path = put(temporaryFolder(), 'turned.jpg', large)
    const [one, many] = [await facesOfFamily(), await detected(path)]
    expect([many.width, many.height]).toEqual([4000, 2667])
    expect(many.faces).toHaveLength(3)
    for (const [i, { box }] of one.faces.entries()) {
      const scaled = box.map((value) => (value * 4000) / 1920)
      many.faces[i]!.box.forEach((value, at) => {
        expect(Math.abs(value - scaled[at]!)).toBeLessThan(25)
      })
    }
  })

  test('a file that is not a picture is refused', async () => {
    const path = put(temporaryFolder(), 'text.jpg', 'This is a text.')
    expectRefusal(await mien(['detect', path]), 3, /text\.jpg is not a picture/)
    expectRefusal(await mien(['detect', 'nowhere.jpg']), 3, /does not exist/)
  })
})

describe('align', () => {
  test('takes the largest of several faces, and says so', async () => {
    const out = join(temporaryFolder(), 'crop.png')
    const finished = await mien(['align', family, '--out', out, '--size', '256', '--json'])
    expect(finished.code).toBe(0)
    expect(finished.stderr).toMatch(/sample1\.jpg shows 3 faces; the largest is taken\. .* --face N/)
    const aligned = jsonOf<AlignedJson>(finished)
    expect(aligned).toMatchObject({ out, size: 256, width: 1920, height: 1280, faces: 3, face: 1 })
    expect(await sharp(out).metadata()).toMatchObject({ width: 256, height: 256, channels: 3 })
    const [largest] = (await facesOfFamily()).faces
    expect(aligned).toMatchObject({ box: largest!.box, points: largest!.points, quad: largest!.quad })
    // Aligned again, the crop is already in place.
    const again = (await detected(out)).faces[0]!.quad
    for (const [i, [x, y]] of [
      [0, 0],
      [0, 256],
      [256, 256],
      [256, 0],
    ].entries()) {
      expect(Math.hypot(again[i]![0]! - x!, again[i]![1]! - y!)).toBeLessThan(40)
    }
  })

  test('--face takes another, and then nothing is said; the size is 1024 unless another is asked for', async () => {
    const out = join(temporaryFolder(), 'crop.png')
    const finished = await mien(['align', family, '--out', out, '--face', '3', '--json'])
    expect(finished.stderr).toBe('')
    expect(jsonOf<AlignedJson>(finished)).toMatchObject({
      face: 3,
      size: 1024,
      points: (await facesOfFamily()).faces[2]!.points,
    })
    expect(await sharp(out).metadata()).toMatchObject({ width: 1024, height: 1024 })
  })

  test.each([0, 1, 2, 3])('--points: case %i of the fixtures', async (number) => {
    const folder = temporaryFolder()
    const { cases } = JSON.parse(readFileSync(join(alignFolder, 'align.json'), 'utf8'))
    const known = cases[number] as { landmarks: Point[]; quad: Point[] }
    const points = put(folder, 'points.json', JSON.stringify(known.landmarks))
    const out = join(folder, 'crop.png')
    const args = ['align', join(alignFolder, 'photo.png'), '--points', points, '--out', out, '--size', '256']
    const aligned = jsonOf<AlignedJson>(await mien([...args, '--json']))
    expect(aligned).toMatchObject({ faces: 0, face: null, box: null, score: null })
    known.quad.flat().forEach((value, at) => {
      expect(Math.abs(aligned.quad.flat()[at]! - value)).toBeLessThan(0.01)
    })
    expect(await meanDifference(out, join(alignFolder, `aligned-${number}.png`))).toBeLessThan(1)
    if (number > 0) return
    // What --json printed is a file of points too.
    const again = put(folder, 'again.json', JSON.stringify(aligned))
    const { code, stdout } = await mien([...args, '--points', again])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Face in ${out} (256 x 256).\n` })
    expect(await meanDifference(out, join(alignFolder, `aligned-${number}.png`))).toBeLessThan(1)
  })

  test('no face: it says what can be done', async () => {
    const folder = temporaryFolder()
    const path = put(folder, 'grey.png', await blank())
    const finished = await mien(['align', path, '--out', join(folder, 'crop.png')])
    expectRefusal(finished, 3, /No face was found in .*grey\.png/, /--points FILE/, /--no-align/)
    expect(filesIn(folder)).toEqual(['grey.png'])
  })

  test('a face that is not there', async () => {
    const out = join(temporaryFolder(), 'crop.png')
    const finished = await mien(['align', family, '--out', out, '--face', '4'])
    expectRefusal(finished, 3, /shows 3 faces; there is no face 4/, /mien detect/)
  })

  const points = (at: (i: number) => unknown, count = 68) =>
    JSON.stringify(Array.from({ length: count }, (_, i) => at(i)))
  test.each<[string, string, RegExp]>([
    ['no JSON', '[[1, 2],', /is not JSON/],
    ['no list', '{"faces": []}', /no list of landmarks/],
    ['null', 'null', /not JSON|no list/],
    ['five points', points((i) => [i, i], 5), /holds 5 landmarks, not 68/],
    ['three numbers', points((i) => [i, i, i]), /no \[x, y\] as landmark 0/],
    ['texts', points((i) => [`${i}`, i]), /no \[x, y\] as landmark 0/],
    ['an infinity', points((i) => [i, i]).replace('[67,67]', '[67,1e999]'), /no \[x, y\] as landmark 67/],
    [
      'points elsewhere',
      points((i) => [9000 + (i % 17) * 9, 9000 + Math.floor(i / 17) * 20]),
      /do not fit the picture/,
    ],
    ['one place', points(() => [100, 100]), /lie in one place and make no face/],
    ['one corner', points(() => [0, 0]), /lie in one place and make no face/],
  ])('landmarks that are none: %s', async (_, text, reason) => {
    const folder = temporaryFolder()
    const path = put(folder, 'points.json', text)
    const photo = put(folder, 'grey.png', await blank())
    const finished = await mien(['align', photo, '--points', path, '--out', join(folder, 'crop.png')])
    expectRefusal(finished, 3, reason)
    expect(filesIn(folder)).toEqual(['grey.png', 'points.json'])
  })

  test('a face and landmarks at once', async () => {
    const args = ['align', family, '--out', 'x.png', '--face', '1', '--points', family]
    expectRefusal(await mien(args), 2, /both a face and landmarks/)
  })

  test('a folder that does not exist', async () => {
    const out = join(temporaryFolder(), 'no', 'crop.png')
    expectRefusal(await mien(['align', family, '--out', out]), 3, /cannot be written/)
  })
})

describe('projecting photographs', () => {
  const photographs = ['--look', join(demo, 'sample3.jpg'), '--landmarks', family, ...tinyModels]

  test('finds, aligns and projects in one go, and keeps how', async () => {
    const out = join(temporaryFolder(), 'result')
    const args = ['project', ...photographs, '--landmarks-face', '2', '--steps', '2', '--out', out]
    const finished = await mien([...args, '--json'])
    expect(finished.code).toBe(0)
    expect(finished.stderr).toMatch(/sample3\.jpg shows 3 faces; the largest is taken\. .* --look-face N/)
    expect(finished.stderr).not.toMatch(/sample1\.jpg shows/)
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    const { look, landmarks } = record.result.alignment
    const { faces } = await facesOfFamily()
    expect(look).toMatchObject({ width: 1920, height: 1350, faces: 3, face: { number: 1 } })
    expect(landmarks.face.number).toBe(2)
    expect(landmarks.face.box.x).toBeCloseTo(faces[1]!.box[0]!, 2)
    expect(landmarks.points).toHaveLength(136)
    expect(landmarks.quad.flat()[0]).toBeCloseTo(faces[1]!.quad[0]![0]!, 2)
    // The target is what align cuts out.
    const crop = join(out, 'crop.png')
    await mien(['align', family, '--face', '2', '--size', '64', '--out', crop])
    expect(await meanDifference(join(out, 'target_landmarks.png'), crop)).toBe(0)
    const terms = await mien([
      ...['evaluate', '--latent', join(out, 'projected_w.npz'), '--noise', join(out, 'noise.npz')],
      ...[...photographs, '--landmarks-face', '2', '--json'],
    ])
    const { final, identity } = jsonOf<{ final: { loss: number }; identity?: number }>(finished)
    expect(Math.abs(jsonOf<{ loss: number }>(terms).loss / final.loss - 1)).toBeLessThan(1e-3)
    // Networks of random numbers draw no face: nobody is compared.
    expect([identity, record.identity]).toEqual([undefined, null])
    expect(record.result.modelHashes).not.toHaveProperty('recognition')
  })

  test.runIf(full)('--identity-weight adds a term, which evaluate gives too', async () => {
    const out = join(temporaryFolder(), 'result')
    const identity = ['--identity-weight', '2']
    const finished = await mien(['project', ...photographs, ...identity, '--steps', '2', '--out', out])
    expect(finished.code).toBe(0)
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))
    expect(record.result.modelHashes.recognition).toHaveLength(2)
    const terms = jsonOf<Record<'perceptual' | 'landmark' | 'noiseReg' | 'identity' | 'loss', number>>(
      await mien([
        ...['evaluate', '--latent', join(out, 'projected_w.npz'), '--noise', join(out, 'noise.npz')],
        ...[...photographs, ...identity, '--json'],
      ]),
    )
    expect(Math.abs(terms.identity / record.terms.identity - 1)).toBeLessThan(1e-3)
    const { perceptual, landmark, noiseReg } = terms
    const sum = perceptual + 0.05 * landmark + 1e5 * noiseReg + 2 * terms.identity
    expect(Math.abs(terms.loss / sum - 1)).toBeLessThan(1e-5)
  })

  test('no face: it says what can be done, and leaves no trace', async () => {
    const folder = temporaryFolder()
    const path = put(folder, 'grey.png', await blank())
    const out = join(folder, 'result')
    const finished = await mien(['project', ...photographs, '--look', path, '--steps', '1', '--out', out])
    expectRefusal(finished, 3, /No face was found in .*grey\.png/, /--points FILE/, /--no-align/)
    expect(filesIn(folder)).toEqual(['grey.png'])
  })

  test('landmarks by hand need no face', async () => {
    const folder = temporaryFolder()
    const { cases } = JSON.parse(readFileSync(join(alignFolder, 'align.json'), 'utf8'))
    const points = put(folder, 'points.json', JSON.stringify(cases[0].landmarks))
    const out = join(folder, 'result')
    const { code } = await mien([
      ...['project', ...photographs, '--look', join(alignFolder, 'photo.png'), '--look-points', points],
      ...['--landmarks-face', '1', '--steps', '1', '--out', out],
    ])
    expect(code).toBe(0)
    const { alignment } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).result
    expect(alignment.look).toMatchObject({ faces: 0, points: cases[0].landmarks.flat() })
    expect(alignment.look.face).toBeUndefined()
  })
})

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { referenceFilmSettings } from '../../src/engine/animation/reference-film.ts'
import { usualSteps } from '../../src/engine/projection/settings.ts'
import { readArrays } from '../../src/node/host/array-files.ts'
import { photographs } from '../golden/face-api.ts'
import { filesIn, jsonOf, mien, temporaryFolder, tinyModels } from './mien.ts'
import { pannedPhotograph, pannedSize } from './panned-photograph.ts'
import { expectRefusal } from './refusal.ts'

/** Of the looks, in pixels: films are as large as their photographs. */
const lookWidth = 600

const milliseconds = 40
const count = 9
const longCount = 30

let looks: readonly Buffer[]
let panned: Buffer
let long: Buffer
let faceless: Buffer
beforeAll(async () => {
  looks = await Promise.all(
    [2, 0].map((i) =>
      sharp(readFileSync(photographs[i]!)).resize(lookWidth).jpeg({ quality: 92 }).toBuffer(),
    ),
  )
  const raw = { raw: { ...pannedSize, channels: 3 as const } }
  const rows = await pannedPhotograph(longCount)
  const pages = await Promise.all(rows.map((rgb) => sharp(rgb, raw).png().toBuffer()))
  panned = await gif(pages.slice(0, count))
  long = await gif(pages)
  const greys = [100, 110, 120].map((level) =>
    sharp({ create: { ...pannedSize, channels: 3, background: { r: level, g: 120, b: 130 } } })
      .png()
      .toBuffer(),
  )
  faceless = await gif(await Promise.all(greys))
})

/** At the usual effort thirty pages would take the encoder a quarter of a minute. */
function gif(pages: readonly Buffer[]): Promise<Buffer> {
  return sharp([...pages], { join: { animated: true } })
    .gif({ effort: 1, delay: pages.map(() => milliseconds) })
    .toBuffer()
}

/** Lets a film that is not searched yet find its first frame in a few steps; usually it takes hundreds. */
function searchShortly(out: string): void {
  const record = recordIn(out)
  expect(record.film.search.settings.steps).toBe(usualSteps)
  record.film.search.settings.steps = 20
  writeFileSync(join(out, 'run.json'), JSON.stringify(record))
}

/** Two looks, and clips of every kind that is given here, in a folder that is removed after the test. */
function clips(): string {
  const folder = temporaryFolder()
  looks.forEach((look, i) => {
    writeFileSync(join(folder, `look${i}.jpg`), look)
  })
  writeFileSync(join(folder, 'panned.gif'), panned)
  writeFileSync(join(folder, 'long.gif'), long)
  writeFileSync(join(folder, 'faceless.gif'), faceless)
  writeFileSync(join(folder, 'text.mp4'), 'This is a text.')
  return folder
}

const lookIn = (folder: string, i = 0) => ['--look', join(folder, `look${i}.jpg`), '--look-face', '1']

interface Summary {
  readonly frames: number
  readonly seconds: number
  readonly lost: readonly unknown[]
  readonly error: number
  readonly jitter: number
  readonly identity: number
  readonly files: Readonly<Record<string, string>>
}

/** What was found for the frames of a film, and where they aim. */
const foundIn = (out: string) =>
  ['targets', 'latents', 'noise'].map((name) => readFileSync(join(out, `${name}.npz`)))

const recordIn = (out: string) => JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'))

const start = (name: string) => new TextDecoder('latin1').decode(readFileSync(name).subarray(4, 8))

describe('animate', () => {
  test('makes a film of a photograph, and another one of what it has followed', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    const driver = join(folder, 'panned.gif')
    const made = await mien([
      'animate',
      ...lookIn(folder),
      '--driver',
      driver,
      '--from',
      '0.08',
      '--out',
      out,
      '--json',
    ])
    const summary = jsonOf<Summary>(made)
    expect(summary).toMatchObject({ out, frames: 7, seconds: 0.28, stopped: false, lost: [] })
    expect(start(summary.files.film!)).toBe('ftyp')
    // It is the same person in every frame, who looks where she is told to.
    expect(summary.identity).toBeLessThan(0.5)
    expect(summary.error).toBeLessThan(0.08)
    expect(summary.jitter).toBeLessThan(0.02)
    for (const file of Object.values(summary.files)) expect(existsSync(file), file).toBe(true)
    const record = recordIn(out)
    expect(record).toMatchObject({ kind: 'film', state: 'done', step: 7, filmed: { frames: 7 } })
    expect(JSON.parse(readFileSync(join(out, 'driver', 'driver.json'), 'utf8'))).toMatchObject({
      ...{ name: 'panned.gif', frames: 7, timescale: 1000, end: count * milliseconds },
      clip: { codec: 'gif', ...pannedSize, face: 1, range: [0.08, null], lost: 0, cuts: 0 },
    })

    expectRefusal(await mien(['animate', '--resume', out]), 2, 'a film that is done')
    expectRefusal(await mien(['animate', '--resume', out, '--face', '2']), 2, '--face cannot change it')
    const track = readFileSync(join(out, 'driver', 'track.npz'))
    // Nothing is asked of the clip any more.
    writeFileSync(driver, '')
    const pictures = join(out, 'pictures')
    // As the window keeps what was dragged in a frame.
    const keyFrames = [{ frame: 3, points: [{ index: 8, x: 0, y: 4, z: 0 }] }]
    const settings = { ...record.film.settings, keyFrames }
    writeFileSync(join(out, 'run.json'), JSON.stringify({ ...record, film: { ...record.film, settings } }))
    const changed = [
      '--smooth',
      '1',
      '--openings',
      '1,0.5,0',
      '--side-by-side',
      '--loop',
      '--save-video',
      pictures,
    ]
    const again = jsonOf<Summary>(await mien(['animate', '--resume', out, ...changed, '--json']))
    expect(again.frames).toBe(5)
    expect(recordIn(out).film.settings).toEqual({
      ...settings,
      smoothing: 1,
      openings: [1, 0.5, 0],
    })
    expect(readFileSync(join(out, 'driver', 'track.npz'))).toEqual(track)
    const pages = filesIn(pictures).filter((name) => name.endsWith('.png'))
    expect(pages).toHaveLength(5)
    expect(await sharp(readFileSync(join(pictures, pages[0]!))).metadata()).toMatchObject({
      width: 1536,
      height: 512,
    })

    const other = join(folder, 'other')
    const to = ['--save-video', join(other, 'film.gif'), '--save-size', '300']
    const of = ['--driver', join(out, 'driver'), ...to]
    const animated = jsonOf<Summary>(
      await mien(['animate', ...lookIn(folder, 1), ...of, '--out', other, '--json']),
    )
    expect(animated.frames).toBe(7)
    const written = await sharp(readFileSync(animated.files.film!), { animated: true }).metadata()
    expect(written.delay).toEqual(Array(7).fill(milliseconds))
    expect(Math.max(written.width, written.pageHeight!)).toBe(300)
    expectRefusal(await mien(['animate', ...lookIn(folder), ...of, '--out', other]), 2, 'holds a run already')

    const motion = join(out, 'driver', 'motion.npz')
    const moved = await mien([
      'animate',
      ...lookIn(folder),
      '--driver',
      motion,
      '--out',
      join(folder, 'moved'),
      ...['--rate', '50', '--json'],
    ])
    expect(jsonOf<Summary>(moved)).toMatchObject({ frames: 14, seconds: 0.28, lost: [] })
    expect(filesIn(join(folder, 'moved', 'driver'))).toEqual(['driver.json', 'motion.npz'])
  }, 240_000)

  test.each([
    ['faceless.gif', [], 3, 'No face was found in any frame of faceless.gif'],
    ['missing.mp4', [], 3, '"missing.mp4" does not exist'],
    ['text.mp4', [], 3, 'text.mp4 is no video'],
    ['panned.gif', ['--from', '9'], 2, 'panned.gif has no frame after 9 s; it ends at 0.4 s'],
    ['panned.gif', ['--face', '9'], 3, 'there is no face 9'],
    ['panned.gif', ['--from', '2', '--to', '1'], 2, 'before it begins'],
    ['panned.gif', ['--save-video', 'film.avi'], 2, 'cannot be written as .avi'],
    ['panned.gif', ['--save-size', '255'], 2, 'Give a whole number from 256 to 2048'],
    ['panned.gif', ['--follow', 'teeth'], 2, 'Give some of jaw, brows'],
    ['panned.gif', ['--smooth', '4'], 2, 'Give an odd number'],
    ['panned.gif', ['--again', '1-2'], 2, '--again needs a film that was made'],
    ['panned.gif', ['--again', '2-1'], 2, 'Give two times in seconds'],
    ['panned.gif', ['--reference', '--likeness', 'warp'], 2, '--likeness warp does not go with --reference'],
  ] as const)('is refused with %s %j, and leaves nothing', async (clip, flags, code, message) => {
    const folder = clips()
    const out = join(folder, 'out')
    const args = ['animate', ...lookIn(folder), '--driver', join(folder, clip), ...flags, '--out', out]
    const refused = await mien(args)
    // Before it may be said how far it came.
    expectRefusal({ ...refused, stderr: refused.stderr.trim().split('\n').at(-1)! }, code, message)
    expect(existsSync(out)).toBe(false)
  })

  test('is refused for what its driver is before its look was aligned', async () => {
    const folder = clips()
    const wall = join(folder, 'wall.png')
    await sharp({ create: { width: 600, height: 600, channels: 3, background: '#789' } }).toFile(wall)
    const args = [
      'animate',
      '--look',
      wall,
      '--driver',
      join(folder, 'text.mp4'),
      '--out',
      join(folder, 'no'),
    ]
    expectRefusal(await mien(args), 3, 'text.mp4 is no video')
  })

  test('refuses a film that its format has no room for before anything is followed', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    const large = join(folder, 'large.jpg')
    writeFileSync(large, await sharp(looks[0]!).resize(1600).jpeg().toBuffer())
    const of = ['--driver', join(folder, 'long.gif'), '--rate', '60', '--out', out]
    const to = ['--save-video', join(folder, 'film.webp')]
    const refused = await mien(['animate', '--look', large, '--look-face', '1', ...of, ...to, '--json'])
    expect(jsonOf(refused)).toMatchObject({
      error: { message: expect.stringMatching(/^The film is too long for a WebP: of 1600 x \d+ pixels/) },
    })
    expect(refused.stderr).not.toContain('Following the face')
    expect(existsSync(out)).toBe(false)
  })

  test('refuses one that is drawn before anything is followed, too', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    // Half a minute for each of nine frames.
    const slow = join(folder, 'slow.gif')
    writeFileSync(
      slow,
      await sharp(panned, { animated: true })
        .gif({ delay: Array(count).fill(30_000) })
        .toBuffer(),
    )
    const of = ['--driver', slow, '--rate', '90', '--likeness', 'off', ...tinyModels, '--out', out]
    const to = ['--save-video', join(folder, 'film.webp')]
    const refused = await mien(['animate', ...lookIn(folder), ...of, ...to, '--json'])
    expect(jsonOf(refused)).toMatchObject({
      error: {
        message: expect.stringMatching(/^The film is too long for a WebP: of 64 x 64 pixels/),
        hint: expect.stringContaining('at most 60 pixels wide'),
      },
    })
    expect(refused.stderr).not.toContain('Following the face')
    expect(existsSync(out)).toBe(false)
  })

  test('asks for what it needs', async () => {
    expectRefusal(
      await mien(['animate', '--look', 'look.jpg', '--out', 'out']),
      2,
      "'--driver <clip>' not specified",
    )
    expectRefusal(await mien(['animate', '--resume', temporaryFolder()]), 2, 'There is nothing to resume')
  })

  test('ends at Ctrl-C: a film of the frames so far, which can be taken up again', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    const args = ['animate', ...lookIn(folder), '--driver', join(folder, 'long.gif'), '--out', out, '--json']
    const stopped = await mien(args, { onText: ['Making the film', (child) => child.kill('SIGINT')] })
    expect(stopped.code).toBe(130)
    const { frames } = jsonOf<Summary>(stopped)
    expect(frames).toBeGreaterThan(0)
    expect(frames).toBeLessThan(longCount)
    expect(start(join(out, 'film.mp4'))).toBe('ftyp')
    expect(jsonOf<Summary>(await mien(['animate', '--resume', out, '--json'])).frames).toBe(longCount)
  })

  test('ends at Ctrl-C while the face is followed, and leaves nothing', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    const args = ['animate', ...lookIn(folder), '--driver', join(folder, 'long.gif'), '--out', out, '--json']
    const stopped = await mien(args, { onText: ['Following the face', (child) => child.kill('SIGINT')] })
    expect(stopped.code).toBe(130)
    expect(jsonOf(stopped)).toMatchObject({ error: { code: 'stopped' } })
    expect(existsSync(out)).toBe(false)
  })

  test('searches as the reference does, whatever the model asks for', async () => {
    const folder = clips()
    const out = join(folder, 'out')
    const of = [...lookIn(folder), '--driver', join(folder, 'panned.gif'), '--reference', ...tinyModels]
    await mien(['animate', ...of, '--out', out], {
      onText: ['Searching the first frame', (child) => child.kill('SIGKILL')],
    })
    const { film } = recordIn(out)
    expect(film).toMatchObject({ way: 'drawn', settings: { mode: 'absolute', smoothing: 1 } })
    expect(film.search).toMatchObject({ steps: 1000, reference: true })
    expect(film.search.settings).toEqual(referenceFilmSettings)
    expectRefusal(await mien(['animate', '--resume', out, '--reference']), 2, '--reference cannot change it')
  }, 240_000)

  test('draws a film by a generator, also after a kill, and searches changed frames only', async () => {
    const folder = clips()
    const whole = join(folder, 'whole')
    const of = [...lookIn(folder), '--driver', join(folder, 'panned.gif'), '--likeness', 'off', ...tinyModels]
    await mien(['animate', ...of, '--out', whole], {
      onText: ['Searching the first frame', (child) => child.kill('SIGKILL')],
    })
    searchShortly(whole)
    const made = jsonOf<Summary>(await mien(['animate', '--resume', whole, '--json']))
    expect(made).toMatchObject({ frames: count, stopped: false })
    const latents = readFileSync(made.files.latents!)
    const { w } = await readArrays(made.files.latents!)
    expect(w!.shape.slice(0, 2)).toEqual([count, 10])

    const smoothed = await mien(['animate', '--resume', whole, '--pose', '0.5', '--json'])
    expect(smoothed.stderr).toContain('Searching the frames')
    expect(readFileSync(join(whole, 'latents.npz'))).not.toEqual(latents)
    const halfTurned = foundIn(whole)
    // Frames that were searched before are kept, and another form of the film, or a head that moves, asks for none.
    const other = join(folder, 'other.gif')
    const changed = ['--pose', '1', '--head', 'moving', '--save-video', other, '--save-size', '256']
    const back = await mien(['animate', '--resume', whole, ...changed, '--json'])
    expect(back.stderr).not.toContain('Searching')
    expect(await sharp(readFileSync(other)).metadata()).toMatchObject({ width: 256, height: 256 })
    expect(readFileSync(join(whole, 'latents.npz'))).toEqual(latents)

    // What does not fit is refused before a frame is searched.
    const large = ['--save-video', join(folder, 'large.webp'), '--save-size', '2048', '--rate', '120']
    const refused = await mien(['animate', '--resume', whole, '--pose', '0.2', ...large])
    expect(refused.stderr).toContain('The film is too long for a WebP: of 2048 x 2048 pixels it has room for')
    expect(refused.stderr).not.toContain('Searching')

    // A passage that is searched again and stopped leaves the film as it is, and what was found for the next time.
    const film = { ...recordIn(whole), attempts: [] }
    const stopped = await mien(['animate', '--resume', whole, '--again', '0-0.36', '--steps', '60'], {
      onText: ['Searching the frames', (child) => child.kill('SIGINT')],
    })
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(
      /Stopped: \d of 9 frames are still to be searched\. What was made before is unchanged\./,
    )
    expect({ ...recordIn(whole), attempts: [] }).toEqual(film)
    expect(readFileSync(join(whole, 'latents.npz'))).toEqual(latents)
    expect(filesIn(join(whole, 'recovery', 'frames')).length).toBeGreaterThan(2)

    // So does another motion, whatever stops it and when: what lies there belongs together, and to the record that is done.
    const before = foundIn(whole)
    await mien(['animate', '--resume', whole, '--pose', '0.2'], {
      onText: ['Searching the frames', (child) => child.kill('SIGINT')],
    })
    expect({ ...recordIn(whole), attempts: [] }).toEqual(film)
    expect(foundIn(whole)).toEqual(before)
    await mien(['animate', '--resume', whole, '--pose', '0.5'], {
      onText: ['Making the film', (child) => child.kill('SIGKILL')],
    })
    expect(foundIn(whole)).toEqual(before)
    expect(recordIn(whole)).toMatchObject({ film: { settings: { pose: 0.5 } } })
    expect(recordIn(whole).state).not.toBe('done')
    expect(jsonOf<Summary>(await mien(['animate', '--resume', whole, '--json'])).frames).toBe(count)
    expect(foundIn(whole)).toEqual(halfTurned)
    expect(recordIn(whole).state).toBe('done')
  }, 240_000)
})

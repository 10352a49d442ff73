import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { ffhqQuad, type Quad } from '../../src/engine/face/quad.ts'
import { scaledQuad } from '../../src/engine/face/square-quad.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { blankImage } from '../../src/engine/picture/drawing.ts'
import type { TimedImage } from '../../src/engine/track/face-tracker.ts'
import { cutFrames, lostFrames } from '../../src/engine/track/lost-frames.ts'
import type { Track } from '../../src/engine/track/track.ts'
import { importMotion, openDriver } from '../../src/node/drivers/driver.ts'
import { type DrivingClip, makeDriver } from '../../src/node/drivers/driver-making.ts'
import { startEngine, type WorkerProcess } from '../../src/node/engine/client.ts'
import { type FromWorker, protocolVersion, type ToWorker } from '../../src/node/engine/protocol.ts'
import type { CutFace, TrackOutcome } from '../../src/node/engine/track-messages.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { encodePicture, sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { type JobTable, jobServer } from '../../src/node/worker/job-server.ts'
import { expectSame } from './motion-samples.ts'

const count = 8
const size = { width: 640, height: 480 }
const clip: DrivingClip = {
  ...{ ...size, name: 'clip.mp4', sha256: 'ab'.repeat(32), codec: 'avc', rotation: 0, missing: 0 },
  ...{ face: 1, range: [0, 2], timescale: 25, count, end: count + 3 },
}

let folder: string
let outcome: TrackOutcome
let track: Track
/** Each of one colour, so that it can be told from the others. */
let squares: readonly CutFace[]

beforeAll(async () => {
  const { driver } = (await heldOutFilms())[0]!
  const points = driver.slice(0, count).map((face) => Float32Array.from(face))
  const states = ['seen', 'interpolated', 'seen', 'seen', 'held', 'held', 'seen', 'seen'] as const
  const frames = points.map((face, time) => ({ time, points: face, state: states[time]! }))
  const segments = [
    { start: 0, end: 2 },
    { start: 2, end: 4 },
    { start: 6, end: 8 },
  ]
  track = { ...size, timescale: 25, frames, segments }
  outcome = { track, motion: fitMotion(await loadShapeModel(), points), keyFrames: [] }
  squares = await Promise.all(
    points.map(async (face, i): Promise<CutFace> => {
      const quad: Quad = scaledQuad(ffhqQuad(face), 1.5)
      if (i === 1) return { quad, file: null }
      const image = blankImage(384, 384, [20 * i, 100, 200])
      return { quad, file: await encodePicture(image, { format: 'jpeg', quality: 95 }) }
    }),
  )
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'driver-files-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function* frames(): AsyncGenerator<TimedImage> {
  for (let time = 0; time < count; time++) yield { time, image: blankImage(4, 4, [0, 0, 0]) }
}

/** An engine in this process that tells what was seen of the frames that it takes, so many at most. */
function engine(most = Number.POSITIVE_INFINITY) {
  let listener: (message: FromWorker) => void = () => undefined
  const tell = (message: FromWorker) => listener(structuredClone(message))
  const jobs = {
    async track(_parameters, events, control) {
      let taken = 0
      for await (const _frame of control.frames()) {
        events.square(squares[taken++]!)
        if (taken === most) break
      }
      const segments = track.segments.filter(({ end }) => end <= taken)
      const motion = { ...outcome.motion, frames: outcome.motion.frames.slice(0, taken) }
      return { ...outcome, motion, track: { ...track, segments, frames: track.frames.slice(0, taken) } }
    },
  } as Pick<JobTable, 'track'>
  const hear = jobServer(jobs as JobTable, tell)
  const worker: WorkerProcess = {
    send: (message: ToWorker) => hear(structuredClone(message)),
    onMessage(heard) {
      listener = heard
    },
    onExit: () => undefined,
    kill: () => undefined,
  }
  const client = startEngine(() => worker)
  tell({ kind: 'ready', version: protocolVersion })
  return client
}

const make = () => makeDriver(engine(), frames(), clip, folder).outcome

describe('a driver', () => {
  test('is opened as it was made', async () => {
    await make()
    const driver = await openDriver(folder)
    expect(driver.facts).toEqual({
      ...{ version: 1, name: 'clip.mp4', frames: count, timescale: 25, end: count + 3 },
      clip: {
        ...{ sha256: 'ab'.repeat(32), codec: 'avc', ...size, rotation: 0, missing: 0 },
        ...{ face: 1, range: [0, 2], lost: 3, cuts: 1 },
      },
    })
    expect(driver.track).toEqual(track)
    expect(driver.motion.times).toEqual(track.frames.map(({ time }) => time))
    expectSame(driver.motion.motion.frames[3]!.expression, outcome.motion.frames[3]!.expression, 4)
  })

  test('gives the square of any frame, where there is one', async () => {
    const driver = await make()
    for (const frame of [7, 0, 3]) {
      const { bytes, points } = (await driver.square(frame))!
      const { width, height, data } = await sharpCodec.decode(bytes, 'square')
      expect([width, height]).toEqual([256, 256])
      expect(Math.abs(data[3 * (128 * 256 + 128)]! - 20 * frame)).toBeLessThan(4)
      // The eyes lie where an aligned square has them.
      expect(points[2 * 36]!).toBeGreaterThan(0.25)
      expect(points[2 * 45]!).toBeLessThan(0.75)
    }
    expect(await driver.square(1)).toBeUndefined()
  })

  test.each([
    ['driver.json', 'does not describe what drives a film'],
    ['motion.npz', 'motion.npz'],
    ['track.npz', 'track.npz'],
    ['squares.npz', 'squares.npz'],
  ])('whose %s is missing or damaged is refused', async (name, message) => {
    await make()
    const path = join(folder, name)
    const whole = await readFile(path)
    for (const length of [0, whole.length >> 1]) {
      await writeFile(path, whole.subarray(0, length))
      await expect(openDriver(folder)).rejects.toMatchObject({ name: 'MienError' })
    }
    await rm(path)
    await expect(openDriver(folder)).rejects.toMatchObject({
      ...{ name: 'MienError', message: expect.stringContaining(message) },
    })
  })

  test('of a newer Mien is refused', async () => {
    await make()
    const path = join(folder, 'driver.json')
    const facts = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...facts, version: 2 }))
    await expect(openDriver(folder)).rejects.toThrow('written by a newer Mien')
  })

  test('whose pictures were cut short has those before', async () => {
    const driver = await make()
    const path = join(folder, 'squares.mjpeg')
    await writeFile(path, (await readFile(path)).subarray(0, 4000))
    expect(await driver.square(0)).toBeDefined()
    await expect(driver.square(7)).rejects.toThrow()
  })

  test('has the frames so far of a clip that is left early, the last as long as the others', async () => {
    const { outcome: made } = makeDriver(engine(3), frames(), clip, folder)
    const { facts, motion } = await made
    expect(facts).toMatchObject({ frames: 3, end: 3 })
    expect(motion.times).toEqual([0, 1, 2])
  })

  test('of a clip that fails is none', async () => {
    async function* broken(): AsyncGenerator<TimedImage> {
      yield* frames()
      throw new Error('the clip ends here')
    }
    await expect(makeDriver(engine(), broken(), clip, folder).outcome).rejects.toThrow('the clip ends here')
    await expect(openDriver(folder)).rejects.toMatchObject({ code: 'bad-file' })
  })
})

test('a motion becomes a driver without pictures, and ends when its last frame does', async () => {
  await make()
  const own = join(folder, 'own')
  const driver = await importMotion(join(folder, 'motion.npz'), own)
  expect(driver.facts).toEqual({
    ...{ version: 1, name: 'motion.npz', frames: count, timescale: 25, end: count, clip: null },
  })
  expect(driver.track).toBeUndefined()
  expect(await driver.square(0)).toBeUndefined()
  expect((await openDriver(own)).motion).toEqual(driver.motion)
})

test('what a track has lost is told in stretches of one kind, and cuts by the frames after them', () => {
  expect(lostFrames(track)).toEqual([
    { from: 1, to: 2, state: 'interpolated' },
    { from: 4, to: 6, state: 'held' },
  ])
  expect(cutFrames(track)).toEqual([2])
})

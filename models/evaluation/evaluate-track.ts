import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Face } from '../../src/engine/face/face.ts'
import { eyesDistance, sideOf } from '../../src/engine/face/quad.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { trackedFrames } from '../../src/engine/track/face-tracker.ts'
import { type NetworkSight, openNetworkSight } from '../../src/engine/track/network-sight.ts'
import type { Observation } from '../../src/engine/track/observation.ts'
import { trackQuads } from '../../src/engine/track/track-quads.ts'
import { trackOf } from '../../src/engine/track/whole-track.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks, loadFaceRecognition } from '../../src/node/worker/face-networks.ts'
import { landmarkError, mean, percent } from './figures.ts'
import { secondDifferences } from './motion-figures.ts'
import { type Camera, cameraFrame, cameraView, inPhotograph } from './moved-photograph.ts'

const rate = 25
/** Frames of a film that is measured. */
const count = 50

const cameras: Readonly<Record<string, Camera>> = {
  '640 x 360': { eyes: 50, size: { width: 640, height: 360 }, period: 50 },
  '1280 x 720': { eyes: 90, size: { width: 1280, height: 720 }, period: 50 },
}

/** What happens in the film whose marks are shown: its frames from one to before another. */
const covered = [10, 16] as const
const shaken = [20, 40] as const
const away = [45, 60] as const
const marked = 70

/**
 * How steadily a face is tracked that lies still in a photograph, under a camera that moves, and how long that takes one core;
 * and the marks of a film in which a face is covered for a quarter of a second, the camera is shaken, and another photograph
 * is shown for more than half a second.
 */
export async function main(): Promise<number> {
  const networks = [await loadFaceNetworks(), await loadFaceRecognition()] as const
  const sight = await openNetworkSight(onnxRuntime('cpu'), ...networks, { threads: 1 })
  const scenes: Scene[] = []
  for (const photograph of await Promise.all([1, 2, 3, 4, 5, 6].map(readPhotograph))) {
    const [face] = await sight.find(photograph, true)
    scenes.push({ photograph, face: face! })
  }
  console.log('| frames | tracked | wander | tremble | square trembles | steadied | a frame |')
  console.log('| --- | --- | --- | --- | --- | --- | --- |')
  for (const [name, camera] of Object.entries(cameras)) {
    const all: Figures[] = []
    for (const scene of scenes) all.push(await figuresOf(sight, scene, camera))
    const of = (key: keyof Figures) => mean(all.map((figures) => figures[key]))
    const parts = [of('seen'), of('wander'), of('tremble'), of('square'), of('steadied')].map(percent)
    console.log(`| ${[name, ...parts, `${of('seconds').toFixed(3)} s`].join(' | ')} |`)
  }
  console.log(`\n${await marks(sight, scenes[5]!, scenes[4]!, cameras['640 x 360']!)}`)
  await sight.dispose()
  return 0
}

interface Scene {
  readonly photograph: Image
  readonly face: Face
}

interface Figures {
  /** Of all frames those in which the face was seen. */
  readonly seen: number
  /** In distances of the eyes: how far landmarks lie from their mean in the photograph, and their second difference. */
  readonly wander: number
  readonly tremble: number
  /** The second difference of the square's side, as a part of it, as it is and steadied. */
  readonly square: number
  readonly steadied: number
  /** Of one core, for a frame. */
  readonly seconds: number
}

async function figuresOf(sight: NetworkSight, { photograph, face }: Scene, camera: Camera): Promise<Figures> {
  const views = Array.from({ length: count }, (_, i) => cameraView(face, camera, i))
  const { track, seconds } = await tracked(
    sight,
    views.map((view) => cameraFrame(photograph, view, camera.size)),
  )
  const found = track.frames.map(({ points }, i) => inPhotograph(points, views[i]!))
  const middle = found[0]!.map((_, k) => mean(found.map((points) => points[k]!)))
  const apart = eyesDistance(middle)
  const sides = (of: typeof track) =>
    trackQuads(of).map((quad, i) => (sideOf(quad) * Math.hypot(views[i]!.a, views[i]!.b)) / apart)
  return {
    seen: mean(track.frames.map(({ state }) => (state === 'seen' ? 1 : 0))),
    wander: mean(found.map((points) => landmarkError(points, middle))),
    tremble: mean(secondDifferences(found.map((points) => points.map((value) => value / apart)))),
    square: trembling(sides({ ...track, segments: [] })),
    steadied: trembling(sides(track)),
    seconds,
  }
}

function trembling(values: readonly number[]): number {
  const differences = values.slice(2).map((value, i) => Math.abs(value - 2 * values[i + 1]! + values[i]!))
  return mean(differences) / mean(values)
}

async function tracked(sight: NetworkSight, images: readonly Image[]) {
  async function* film() {
    for (const [time, image] of images.entries()) yield { time, image }
  }
  const before = process.cpuUsage()
  const observations: Observation[] = []
  for await (const { observation } of trackedFrames(film(), sight, { number: 1, timescale: rate })) {
    observations.push(observation)
  }
  const { user, system } = process.cpuUsage(before)
  const track = trackOf(images[0]!, rate, observations)!
  return { track, seconds: (user + system) / 1e6 / images.length }
}

/** One letter a frame, of its mark. */
async function marks(sight: NetworkSight, scene: Scene, other: Scene, camera: Camera): Promise<string> {
  const random = new MersenneTwister(1)
  const images = Array.from({ length: marked }, (_, i) => {
    const { photograph, face } = isIn(away, i) ? other : scene
    const [x, y] = random.normals(2).map((shift) => (isIn(shaken, i) ? 0.05 * camera.eyes * shift : 0))
    const { a, b, ...at } = cameraView(face, camera, i)
    const image = cameraFrame(photograph, { a, b, x: at.x + x! * a, y: at.y + y! * a }, camera.size)
    return isIn(covered, i) ? withoutMiddle(image, camera) : image
  })
  const { track } = await tracked(sight, images)
  return track.frames.map(({ state }) => state[0]).join('')
}

function isIn([from, to]: readonly [number, number], frame: number): boolean {
  return frame >= from && frame < to
}

/** The picture with a grey disc in its middle, as large as a head. */
function withoutMiddle({ width, height, data }: Image, { eyes }: Camera): Image {
  const hidden = data.slice()
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) - width / 2, Math.floor(i / width) - height / 2]
    if (Math.hypot(x, y) < 2 * eyes) hidden.fill(128, 3 * i, 3 * i + 3)
  }
  return { width, height, data: hidden }
}

async function readPhotograph(number: number): Promise<Image> {
  const path = fileURLToPath(
    new URL(`../../node_modules/@vladmandic/face-api/demo/sample${number}.jpg`, import.meta.url),
  )
  return sharpCodec.decode(new Uint8Array(await readFile(path)), path)
}

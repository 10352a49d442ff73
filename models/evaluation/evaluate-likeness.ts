import { parseArgs } from 'node:util'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import type { Box } from '../../src/engine/face/face.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { openLandmarkDetection } from '../../src/engine/face/landmark-detection.ts'
import { ffhqQuad, meanPoint, pointsInQuad } from '../../src/engine/face/quad.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { type WarpedPhotograph, warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import { descriptorDistance, openFaceDescriber } from '../../src/engine/projection/identity.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks, loadFaceRecognition } from '../../src/node/worker/face-networks.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { photographs } from './evaluate-photographs.ts'
import { mean, percent } from './figures.ts'
import { side, writePictures } from './sheet.ts'

const usage = `npm run eval:likeness -- [--people] [--eyes] [--side 512] [--json] [--sheet sheet.webp]

Warps the photographs of @vladmandic/face-api to each other's landmarks (all ordered pairs of six), or with --people those
of ${'`people.json`'}, which are fetched from the package registries, and prints for each pair and on average:
the identity (distance of face-api's recognition network from the look: below 0.6 for photographs of one person), whether
the right look is the nearest of all, the error of the inner 51 landmarks that face-api reads in a fixed box, as a fraction
of the eyes' distance, and how far the warp reached.
`

/** The side in which identities and landmarks are read. */
const readSide = 256

interface Person {
  readonly name: string
  readonly portrait: Portrait
  readonly identity: FloatTensor
}

interface Pair {
  readonly look: number
  readonly other: number
  readonly result: WarpedPhotograph
  readonly seconds: number
  readonly identity: number
  readonly nearest: number
  readonly landmarks: number
  readonly isFound: boolean
}

/** The inner landmarks' mean distance from where they were aimed at, over the distance of the eyes. */
function innerError(found: ArrayLike<number>, aimed: ArrayLike<number>): number {
  const [left, right] = [meanPoint(aimed, 36, 42), meanPoint(aimed, 42, 48)]
  const distances = Array.from({ length: 51 }, (_, k) => {
    const i = 2 * (17 + k)
    return Math.hypot(found[i]! - aimed[i]!, found[i + 1]! - aimed[i + 1]!)
  })
  return mean(distances) / Math.hypot(left[0] - right[0], left[1] - right[1])
}

/** Reads faces in aligned squares as `eval:likeness` judges them. */
async function openJudge() {
  const runtime = onnxRuntime('cpu')
  const networks = await loadFaceNetworks()
  const finder = await openFaceFinder(runtime, networks)
  const location = await openLandmarkDetection(runtime, networks.landmarks)
  const describer = await openFaceDescriber(runtime, await loadFaceRecognition(), readSide)
  return {
    small: (image: Image) => sharpCodec.resize(image, readSide, readSide),
    find: (image: Image) => finder.find(image),
    async points(image: Image, box: Box): Promise<Float32Array> {
      const face = await location.locate(image, { box, score: 1, angle: 0 })
      return face!.points.map((pixel) => pixel / readSide)
    },
    describe: (image: Image, points: ArrayLike<number>) => describer.describe(image, points),
  }
}

/** The mean of boxes. */
function middling(boxes: readonly Box[]): Box {
  const of = (key: keyof Box) => mean(boxes.map((box) => box[key]))
  return { x: of('x'), y: of('y'), width: of('width'), height: of('height') }
}

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: 'boolean', default: false },
      eyes: { type: 'boolean', default: false },
      side: { type: 'string', default: '512' },
      json: { type: 'boolean', default: false },
      sheet: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const extent = Number(values.side)
  const [judge, search] = [await openJudge(), await openFaceSearch()]
  const portraits: { name: string; portrait: Portrait; small: Image }[] = []
  const boxes: Box[] = []
  for (const { name, bytes } of await photographs(6)) {
    const { faces } = await search.find({ name, bytes })
    const face = faces[0]
    if (face === undefined) throw new Error(`No face in ${name}.`)
    const quad = ffhqQuad(face.points)
    const image = alignedImage(await sharpCodec.decode(bytes, name), quad, extent, 2)
    const small = await judge.small(image)
    const [found] = await judge.find(small)
    if (found !== undefined) boxes.push(found.box)
    portraits.push({
      name,
      small,
      portrait: { image, quad: wholeQuad(extent), points: pointsInQuad(face.points, quad) },
    })
  }
  const box = middling(boxes)
  const people: Person[] = []
  for (const { small, ...rest } of portraits) {
    people.push({ ...rest, identity: await judge.describe(small, await judge.points(small, box)) })
  }
  const pairs: Pair[] = []
  for (const [other, { portrait: pose }] of people.entries()) {
    for (const [look, { portrait, identity: known }] of people.entries()) {
      if (look === other) continue
      const started = performance.now()
      const aimed = aimedPoints(portrait.points, pose.points, Array(9).fill(1))
      const result = warpedPhotograph(portrait, aimed, {
        mouths: [pose],
        ...(values.eyes ? { eyes: pose } : {}),
      })
      const seconds = (performance.now() - started) / 1000
      const small = await judge.small(result.image)
      const points = await judge.points(small, box)
      const seen = await judge.describe(small, points)
      const distances = people.map(({ identity }) => descriptorDistance(seen, identity))
      const pair: Pair = {
        ...{ look, other, result, seconds },
        identity: descriptorDistance(seen, known),
        nearest: distances.indexOf(Math.min(...distances)),
        landmarks: innerError(points, pose.points),
        isFound: (await judge.find(small)).length > 0,
      }
      pairs.push(pair)
      const { travel, stretch, turn } = result.reach
      process.stderr.write(
        `look ${people[look]!.name}, landmarks ${people[other]!.name}: identity ${pair.identity.toFixed(3)}, ` +
          `landmarks ${percent(pair.landmarks)}, travel ${percent(travel)}, stretch ${stretch.toFixed(2)}, ` +
          `turn ${turn.toFixed(0)}, parts ${result.parts.join(' ') || 'none'}${pair.nearest === look ? '' : ', NEAREST IS ANOTHER'}` +
          `${pair.isFound ? '' : ', NO FACE'} ${result.warnings.join(' ')}\n`,
      )
    }
  }
  if (values.sheet !== undefined) await writeSheet(people, pairs, values.sheet)
  const figures = {
    pairs: pairs.length,
    identity: mean(pairs.map(({ identity }) => identity)),
    nearest: pairs.filter(({ look, nearest }) => look === nearest).length,
    landmarks: mean(pairs.map(({ landmarks }) => landmarks)),
    found: pairs.filter(({ isFound }) => isFound).length,
    seconds: mean(pairs.map(({ seconds }) => seconds)),
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify(figures)}\n`
      : `| pairs | right look nearest | identity | inner landmarks | face found | s a warp |\n| --- | --- | --- | --- | --- | --- |\n` +
          `| ${figures.pairs} | ${figures.nearest} | ${figures.identity.toFixed(3)} | ${percent(figures.landmarks)} | ${figures.found} | ${figures.seconds.toFixed(2)} |\n`,
  )
  return 0
}

const gap = 4

async function writeSheet(people: readonly Person[], pairs: readonly Pair[], file: string) {
  const cell = side
  const at = (place: number) => gap + place * (cell + gap)
  const extent = at(people.length + 1)
  const put = (image: Image, column: number, row: number) => ({ image, left: at(column), top: at(row) })
  await writePictures(file, extent, extent, [
    ...people.flatMap(({ portrait }, i) => [put(portrait.image, i + 1, 0), put(portrait.image, 0, i + 1)]),
    ...pairs.map(({ look, other, result }) => put(result.image, look + 1, other + 1)),
  ])
}

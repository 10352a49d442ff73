import { parseArgs } from 'node:util'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { type WarpedPhotograph, warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks } from '../../src/node/worker/face-networks.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { photographs } from './evaluate-photographs.ts'
import { mean, percent } from './figures.ts'
import { likenessPairs, whoOf } from './likeness-pairs.ts'
import { people } from './people.ts'
import { side as cell, writePictures } from './sheet.ts'

const usage = `npm run eval:likeness -- [--people] [--eyes] [--side 512] [--json] [--sheet sheet.webp]

Warps photographs to the landmarks of others: all ordered pairs of the six of @vladmandic/face-api, or with --people 68
pairs of the people in people.json, whose photographs are fetched from the package registries. It prints for each pair
and on average the identity (distance from the look by face-api's recognition network), whether the right look is the
nearest of all, the error of the inner 51 landmarks that face-api reads in a fixed box, as a fraction of the distance of
the eyes, and how far the warp reached; then the averages of all pairs and of those that are within reach. The sheet
shows look, landmarks and result of each pair.
`

interface Person {
  readonly id: string
  /** Whose photograph it is. */
  readonly who: string
  readonly portrait: Portrait
  readonly identity: FloatTensor
}

interface Pair {
  readonly look: Person
  readonly other: Person
}

interface Result extends Pair {
  readonly warped: WarpedPhotograph
  readonly seconds: number
  readonly identity: number
  readonly isNearest: boolean
  readonly landmarks: number
  readonly isFound: boolean
}

/** Photographs with their ids, and the pairs that are made of them. */
async function chosen(ofPeople: boolean) {
  if (!ofPeople) {
    const list = (await photographs(6)).map(({ name, bytes }) => ({ id: name, who: name, bytes }))
    const pairs = list.flatMap((landmarks) =>
      list.flatMap((look) => (look === landmarks ? [] : [{ look: look.id, landmarks: landmarks.id }])),
    )
    return { list, pairs }
  }
  const list = await people()
  return {
    list: list.map((person) => ({ id: person.id, who: whoOf(person), bytes: person.bytes })),
    pairs: likenessPairs(list),
  }
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
  const side = Number(values.side)
  const judge = await openLikenessJudge()
  const search = await openFaceSearch()
  const finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  const { list, pairs } = await chosen(values.people)
  const known = new Map<string, Person>()
  for (const { id, who, bytes } of list) {
    const { faces } = await search.find({ name: id, bytes })
    const face = faces[0]
    if (face === undefined) throw new Error(`No face was found in ${id}.`)
    const quad = ffhqQuad(face.points)
    const image = alignedImage(await sharpCodec.decode(bytes, id), quad, side, 2)
    const portrait = { image, quad: wholeQuad(side), points: pointsInQuad(face.points, quad) }
    known.set(id, { id, who, portrait, identity: await judge.describe(image) })
  }
  const results: Result[] = []
  for (const pair of pairs) {
    const [look, other] = [known.get(pair.look)!, known.get(pair.landmarks)!]
    const started = performance.now()
    const aimed = aimedPoints(look.portrait.points, other.portrait.points, Array(9).fill(1))
    const warped = warpedPhotograph(look.portrait, aimed, {
      mouths: [other.portrait],
      ...(values.eyes ? { eyes: other.portrait } : {}),
    })
    const seconds = (performance.now() - started) / 1000
    const figures = await judge.judge(warped.image, look.identity, other.portrait.points)
    const seen = await judge.describe(warped.image)
    const nearest = [...known.values()].reduce((a, b) =>
      descriptorDistance(seen, a.identity) <= descriptorDistance(seen, b.identity) ? a : b,
    )
    const isFound = (await finder.find(await sharpCodec.resize(warped.image, 256, 256))).length > 0
    const result = { look, other, warped, seconds, isFound, isNearest: nearest.who === look.who, ...figures }
    results.push(result)
    process.stderr.write(`${results.length} ${line(result)}\n`)
  }
  if (values.sheet !== undefined) await writeSheet(results, values.sheet)
  const within = results.filter(({ warped }) => warped.warnings.length === 0)
  const figures = {
    all: figuresOf(results),
    withinReach: figuresOf(within),
    onePerson: onePerson([...known.values()]),
  }
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : tableOf(figures))
  return 0
}

function line({ look, other, identity, landmarks, warped, isNearest, isFound }: Result): string {
  const { reach, parts, warnings } = warped
  return [
    `${look.id} as ${other.id}: identity ${identity.toFixed(2)}`,
    `landmarks ${percent(landmarks)}`,
    `travel ${percent(reach.travel)}`,
    `stretch ${reach.stretch.toFixed(2)}`,
    `turn ${reach.turn.toFixed(0)}`,
    ...(parts.length > 0 ? [`takes ${parts.join(' and ')}`] : []),
    ...warnings.map((warning) => `WARNING ${warning}`),
    ...(isNearest ? [] : ['ANOTHER IS NEARER']),
    ...(isFound ? [] : ['NO FACE FOUND']),
  ].join(', ')
}

function figuresOf(results: readonly Result[]) {
  return {
    pairs: results.length,
    nearest: results.filter(({ isNearest }) => isNearest).length,
    identity: mean(results.map(({ identity }) => identity)),
    landmarks: mean(results.map(({ landmarks }) => landmarks)),
    found: results.filter(({ isFound }) => isFound).length,
    seconds: mean(results.map(({ seconds }) => seconds)),
  }
}

/** Distances of the identities of two photographs of one person: what is reached by no change at all. */
function onePerson(everyone: readonly Person[]): readonly number[] {
  const distances = everyone.flatMap((a, i) =>
    everyone
      .slice(i + 1)
      .filter((b) => b.who === a.who)
      .map((b) => descriptorDistance(a.identity, b.identity)),
  )
  return distances.sort((a, b) => a - b)
}

interface Figures {
  readonly all: ReturnType<typeof figuresOf>
  /** Without the pairs of which the program says that they are out of reach. */
  readonly withinReach: ReturnType<typeof figuresOf>
  readonly onePerson: readonly number[]
}

function tableOf({ all, withinReach, onePerson }: Figures): string {
  const row = (name: string, figures: ReturnType<typeof figuresOf>) => {
    const { pairs, nearest, identity, landmarks, found, seconds } = figures
    const cells = [name, pairs, nearest, identity.toFixed(3), percent(landmarks), found, seconds.toFixed(2)]
    return `| ${cells.join(' | ')} |`
  }
  const [least, most] = [onePerson.at(0), onePerson.at(-1)]
  return [
    '| | pairs | right look nearest | identity | inner landmarks | face found | s a warp |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    row('all', all),
    row('within reach', withinReach),
    ...(least !== undefined && most !== undefined
      ? [
          `${onePerson.length} pairs of photographs of one person: identity ${least.toFixed(2)} to ${most.toFixed(2)}`,
        ]
      : []),
    '',
  ].join('\n')
}

const gap = 4

/** Pairs beside each other in a row of the sheet. */
const across = 3

/** Look, landmarks and result of each pair, in their order. */
async function writeSheet(results: readonly Result[], file: string): Promise<void> {
  const [columns, step] = [3 * across, cell + gap]
  const at = (place: number) => gap + place * step + 2 * gap * Math.floor(place / 3)
  const rows = Math.ceil(results.length / across)
  const pictures = results.flatMap(({ look, other, warped }, i) => {
    const top = gap + Math.floor(i / across) * step
    const first = 3 * (i % across)
    return [look.portrait.image, other.portrait.image, warped.image].map((image: Image, k) => ({
      ...{ image, top },
      left: at(first + k),
    }))
  })
  await writePictures(file, at(columns), gap + rows * step, pictures)
}

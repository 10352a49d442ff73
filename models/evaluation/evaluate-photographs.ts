import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import { type Portrait, wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { warpedPhotograph } from '../../src/engine/likeness/warped-photograph.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import { project } from '../../src/engine/projection/projection.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { openIdentityReader } from '../../src/node/worker/identity-reader.ts'
import { openLandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { type LikenessJudge, openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { withModelFiles } from '../../src/node/worker/model-files.ts'
import { landmarkNetworkIn, loadNetworks } from '../../src/node/worker/networks.ts'
import { decodeTargets } from '../../src/node/worker/pictures.ts'
import { type CutTargets, cutTargets } from '../../src/node/worker/targets.ts'
import { colourError, landmarkError, mean, percent } from './figures.ts'
import { judgeFile } from './held-out.ts'
import { searchOptions, searchSettings, searchUsage } from './search-options.ts'
import { side, writePictures } from './sheet.ts'

const usage = `npm run eval:photographs -- [--json] [--photographs 6] [--sheet docs/photographs.webp] [search]

Projects all ordered pairs of the photographs of @vladmandic/face-api with the embedded pack, the largest face of each,
and prints how well the landmarks were met: those that were found in the photograph against those that a network which
the projection never saw reads in the result, as a fraction of the eyes' distance. The identity is the distance of the
result's face from the look's by face-api's recognition network: 0 for the same, below 0.6 for photographs of one person.
Colours are compared on a grid of 8 x 8 cells: hair, skin and background where they lie.

A table compares what was drawn with the look's photograph, warped to the landmarks of the other picture and to those
that the search has reached: identity and inner landmarks as face-api reads them in a fixed box (npm run eval:likeness).

${searchUsage}`

const mostPhotographs = 6

/** The photographs that come with the package. */
export async function photographs(count: number) {
  const folder = join(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'), '..')
  const names = Array.from({ length: count }, (_, i) => `sample${i + 1}.jpg`)
  return Promise.all(
    names.map(async (name) => ({
      name,
      bytes: new Uint8Array(await readFile(join(folder, 'demo', name))),
      alignment: {},
    })),
  )
}

/** What came of a pair: the photograph's numbers, the picture, and its figures and those of the start. */
interface Result {
  readonly look: number
  readonly landmarks: number
  readonly image: Image
  readonly error: number
  readonly startError: number
  /** Distance from the look's identity. */
  readonly identity: number
  readonly startIdentity: number
  /** The look whose identity is the nearest. */
  readonly nearest: number
  /** Distance from the look's coarse colours. */
  readonly colour: number
  /** The look whose coarse colours are the nearest. */
  readonly nearestColour: number
  /** How a judge of photographs sees it, and photographs in its place. */
  readonly shown: Readonly<Record<Kind, Shown>>
}

/** What can be shown for a pair. */
const kinds = {
  drawn: 'drawn by the search',
  photograph: "photograph, warped to the other picture's landmarks",
  reached: 'photograph, warped to the landmarks that the search has reached',
} as const
type Kind = keyof typeof kinds

interface Shown {
  readonly image: Image
  /** Distance from the look's identity. */
  readonly identity: number
  readonly isNearest: boolean
  /** Error of the inner landmarks of the other picture. */
  readonly landmarks: number
}

const gap = 4

/**
 * Looks from left to right, landmarks from top to bottom, and where they meet what came of them: drawn, and the look's
 * photograph warped to the same landmarks.
 */
async function writeSheet(targets: readonly CutTargets[], results: readonly Result[], file: string) {
  const down = (place: number) => gap + place * (side + gap) + (place > 0 ? 2 * gap : 0)
  const across = (place: number) => (place === 0 ? gap : down(1) + (place - 1) * (2 * side + 3 * gap))
  const put = (image: Image, left: number, row: number) => ({ image, left, top: down(row) })
  await writePictures(file, across(targets.length + 1), down(targets.length + 1), [
    ...targets.flatMap(({ look }, i) => [
      put(look, across(i + 1) + (side >> 1), 0),
      put(look, across(0), i + 1),
    ]),
    ...results.flatMap(({ look, landmarks, image, shown }) => [
      put(image, across(look + 1), landmarks + 1),
      put(shown.photograph.image, across(look + 1) + side, landmarks + 1),
    ]),
  ])
}

/** The look's photograph with landmarks of another face, whose mouth it may take. */
function photographOf(own: Portrait, target: Float32Array, other: Portrait): Image {
  return warpedPhotograph(own, aimedPoints(own.points, target, Array(9).fill(1)), { mouths: [other] }).image
}

function portraitOf({ look, lookPoints }: CutTargets): Portrait {
  return { image: look, quad: wholeQuad(look.width), points: Float32Array.from(lookPoints!) }
}

/** Judges pictures by whom they show of several, and by landmarks: 68 x (x, y), fractions of the square. */
async function openShownJudge(looks: readonly Image[]) {
  const judge: LikenessJudge = await openLikenessJudge()
  const known = await Promise.all(looks.map((look) => judge.describe(look)))
  return async (image: Image, look: number, aimed: ArrayLike<number>): Promise<Shown> => {
    const seen = await judge.describe(image)
    const distances = known.map((other) => descriptorDistance(seen, other))
    return {
      image,
      isNearest: distances[look] === Math.min(...distances),
      ...(await judge.judge(image, known[look]!, aimed)),
    }
  }
}

function tableOf(results: readonly Result[]): string {
  const rows = Object.entries(kinds).map(([kind, words]) => {
    const shown = results.map((result) => result.shown[kind as Kind])
    const nearest = shown.filter(({ isNearest }) => isNearest).length
    const identity = mean(shown.map(({ identity }) => identity)).toFixed(3)
    return `| ${words} | ${nearest} | ${identity} | ${percent(mean(shown.map(({ landmarks }) => landmarks)))} |`
  })
  const head = ['| | right look nearest | identity | inner landmarks |', '| --- | --- | --- | --- |']
  return [...head, ...rows, ''].join('\n')
}

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      photographs: { type: 'string', default: String(mostPhotographs) },
      ...searchOptions,
      sheet: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const settings = await searchSettings(values)
  const runtime = onnxRuntime('cpu')
  const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}), settings.weights)
  const judge = await withModelFiles([{ path: judgeFile }], landmarkNetworkIn)
  const reader = await openLandmarkReader(runtime, { ...networks, landmarks: judge }, {})
  const identities = await openIdentityReader({ ...networks, landmarks: judge })
  const pictures = await decodeTargets(await photographs(Number(values.photographs)))
  const targets = pictures.map((picture) =>
    cutTargets([picture, picture], networks.generator.resolution, heatMapForm),
  )
  const own = await openLandmarkReader(runtime, networks, {})
  const judgeShown = await openShownJudge(targets.map(({ look }) => look))
  const looks: FloatTensor[] = []
  for (const { look, lookPoints } of targets) looks.push(await identities.describe(look, lookPoints))
  const results: Result[] = []
  for (const [landmarks, pose] of targets.entries()) {
    for (const [look, { look: lookSquare, lookPoints }] of targets.entries()) {
      if (look === landmarks) continue
      const { drawnMaps, points } = pose
      const { image, start } = await project({
        runtime,
        networks: async () => networks,
        pictures: {
          ...{ look: lookSquare, lookPoints: lookPoints! },
          ...{ landmarks: pose.landmarks, drawnMaps: drawnMaps! },
        },
        settings,
      })
      const error = landmarkError(await reader.read(image), points!)
      const startError = landmarkError(await reader.read(start), points!)
      const seen = await identities.describe(image)
      const distances = looks.map((known) => descriptorDistance(seen, known))
      const identity = distances[look]!
      const startIdentity = descriptorDistance(await identities.describe(start), looks[look]!)
      const nearest = distances.indexOf(Math.min(...distances))
      const colours = targets.map((other) => colourError(image, other.look))
      const [portrait, other] = [portraitOf(targets[look]!), portraitOf(pose)]
      const reached = (await own.read(image)).map((pixel) => pixel / image.width)
      const shown = {
        drawn: await judgeShown(image, look, other.points),
        photograph: await judgeShown(photographOf(portrait, other.points, other), look, other.points),
        reached: await judgeShown(photographOf(portrait, reached, other), look, other.points),
      }
      results.push({
        ...{ look, landmarks, image, error, startError, identity, startIdentity, nearest },
        ...{ colour: colours[look]!, nearestColour: colours.indexOf(Math.min(...colours)), shown },
      })
      process.stderr.write(
        `look ${look + 1}, landmarks ${landmarks + 1}: ${percent(error)}, start ${percent(startError)}; ` +
          `identity ${identity.toFixed(2)}, start ${startIdentity.toFixed(2)}, nearest look ${nearest + 1}\n`,
      )
    }
  }
  await Promise.all([reader, own, identities].map((opened) => opened.dispose()))
  if (values.sheet !== undefined) await writeSheet(targets, results, values.sheet)
  const figures = {
    pairs: results.length,
    landmarkError: mean(results.map(({ error }) => error)),
    startError: mean(results.map(({ startError }) => startError)),
    identity: mean(results.map(({ identity }) => identity)),
    startIdentity: mean(results.map(({ startIdentity }) => startIdentity)),
    identityNearest: results.filter(({ look, nearest }) => look === nearest).length,
    colourError: mean(results.map(({ colour }) => colour)),
    colourNearest: results.filter(({ look, nearestColour }) => look === nearestColour).length,
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify(figures)}\n`
      : `landmarks of ${figures.pairs} results: ${percent(figures.landmarkError)}, of the start ${percent(figures.startError)}\n` +
          `identity: ${figures.identity.toFixed(3)} from the look, the start ${figures.startIdentity.toFixed(3)}; ` +
          `the right look is the nearest of ${figures.identityNearest}\n` +
          `colours: ${percent(figures.colourError)} from the look; the right look is the nearest of ${figures.colourNearest}\n` +
          tableOf(results),
  )
  return 0
}

import { parseArgs } from 'node:util'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { pointsInQuad } from '../../src/engine/face/quad.ts'
import { type Generator, readGenerator } from '../../src/engine/network/stylegan2/generator.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import { constantNoise } from '../../src/engine/projection/noise.ts'
import { openViewer } from '../../src/engine/projection/viewer.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import type { LikenessFaces } from '../../src/node/engine/likeness-messages.ts'
import type { JobEvents, ProjectOutcome, TargetInput } from '../../src/node/engine/protocol.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { askedTuning } from '../../src/node/models/asked-tuning.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { drawnFace } from '../../src/node/runs/kinds/projection/drawn-face.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks } from '../../src/node/worker/face-networks.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import { tuneJob } from '../../src/node/worker/jobs/tune.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { decodeTargets, squareOf, type TargetPicture } from '../../src/node/worker/pictures.ts'
import { photographs } from './evaluate-photographs.ts'
import { mean, percent } from './figures.ts'
import { searchOptions, searchSettings, searchUsage } from './search-options.ts'
import { side as cell, writePictures } from './sheet.ts'

const usage = `npm run eval:tuning -- [--photographs 6] [--pairs 30] [--json] [--sheet sheet.webp] [search]

Projects ordered pairs of the photographs of @vladmandic/face-api with the embedded pack, tunes the generator on each and
prints what it then draws: the identity (distance from the look by face-api's recognition network), whether the right look is
the nearest of all, the error of the inner 51 landmarks that face-api reads in a fixed box, whether a face is found, and the
largest distance of an identity along the path from the look's own latent through that of the search to a quarter beyond, in
nine pictures. The sheet shows look, landmarks, those nine of each pair.

${searchUsage}`

const pathPictures = 9
const pathEnd = 1.25

interface Result {
  readonly look: string
  readonly landmarks: string
  readonly identity: number
  readonly isNearest: boolean
  readonly error: number
  readonly isFound: boolean
  /** The largest distance along the path. */
  readonly farthest: number
  readonly seconds: number
  readonly pictures: readonly Image[]
}

const silent = new Proxy({}, { get: () => () => undefined }) as Required<JobEvents>

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      photographs: { type: 'string', default: '6' },
      pairs: { type: 'string', default: '30' },
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
  const models = await resolveAllModels({})
  const tuning = askedTuning(models.generator)!
  const judge = await openLikenessJudge()
  const finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  const inputs = await photographs(Number(values.photographs))
  const aligned = await decodeTargets(inputs)
  const squares = aligned.map((picture) => squareOf(picture, cell))
  const known = await Promise.all(squares.map((square) => judge.describe(square)))
  const pairs = inputs
    .flatMap((_, landmarks) => inputs.map((__, look) => ({ look, landmarks })))
    .filter(({ look, landmarks }) => look !== landmarks)
    .slice(0, Number(values.pairs))
  const execution = { provider: 'cpu' } as const
  const results: Result[] = []
  for (const pair of pairs) {
    const [look, landmarks] = [inputs[pair.look]!, inputs[pair.landmarks]!]
    const found = await projectJob(
      { models, look, landmarks, settings, execution, previewEvery: 0 },
      silent,
      jobControl(silent),
    )
    const faces = await facesOf(aligned[pair.look]!, aligned[pair.landmarks]!, look, landmarks, found)
    const tuned = await tuneJob(
      { models, faces, settings, latent: found.latent, tuning, execution },
      silent,
      jobControl(silent),
    )
    const [network] = openCheckpoint(memorySource(tuned.generator, 'generator')).networks
    const path = await drawn(readGenerator(network!), tuned.own, found.latent)
    const distances: number[] = []
    for (const image of path)
      distances.push(descriptorDistance(await judge.describe(image), known[pair.look]!))
    const seen = await judge.describe(tuned.image)
    const others = known.map((one) => descriptorDistance(seen, one))
    const { identity, landmarks: error } = tuned.figures
    results.push({
      ...{ look: look.name, landmarks: landmarks.name, identity, error, seconds: tuned.seconds },
      isNearest: others[pair.look] === Math.min(...others),
      isFound: (await finder.find(await sharpCodec.resize(tuned.image, 256, 256))).length > 0,
      farthest: Math.max(...distances),
      pictures: [squares[pair.look]!, squares[pair.landmarks]!, ...path],
    })
    process.stderr.write(`${results.length} ${line(results.at(-1)!)}\n`)
  }
  if (values.sheet !== undefined) await writeSheet(results, values.sheet)
  const figures = {
    pairs: results.length,
    nearest: results.filter(({ isNearest }) => isNearest).length,
    identity: mean(results.map(({ identity }) => identity)),
    landmarks: mean(results.map(({ error }) => error)),
    found: results.filter(({ isFound }) => isFound).length,
    farthest: Math.max(...results.map(({ farthest }) => farthest)),
    within: results.filter(({ farthest }) => farthest <= 0.5).length,
    seconds: mean(results.map(({ seconds }) => seconds)),
  }
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : tableOf(figures))
  return 0
}

/** The look's photograph with the other's landmarks, whose mouth it may take, or that of the drawing. */
async function facesOf(
  look: TargetPicture,
  other: TargetPicture,
  own: TargetInput,
  others: TargetInput,
  { image, points }: Pick<ProjectOutcome, 'image' | 'points'>,
): Promise<LikenessFaces> {
  const face = ({ alignment }: TargetPicture, { name, bytes }: TargetInput) => ({
    picture: { name, sha256: sha256(bytes), bytes },
    quad: alignment!.quad,
    points: alignment!.points!,
  })
  const drawn = drawnFace(await sharpCodec.encodePng(image), image.width, points)
  return {
    look: face(look, own),
    target: [...pointsInQuad(other.alignment!.points!, other.alignment!.quad)],
    shares: Array(9).fill(1),
    mouths: [face(other, others), drawn],
  }
}

/** Pictures of latents at equal distances along the path, the first of `from`. */
async function drawn(generator: Generator, from: FloatTensor, to: FloatTensor): Promise<readonly Image[]> {
  const viewer = await openViewer(onnxRuntime('cpu'), generator, to.shape)
  try {
    const images: Image[] = []
    for (let n = 0; n < pathPictures; n++) {
      const t = (pathEnd * n) / (pathPictures - 1)
      const latent = floatTensor(
        to.shape,
        to.data.map((end, i) => from.data[i]! + t * (end - from.data[i]!)),
      )
      images.push(await viewer.see({ latent, noise: constantNoise(generator.noise) }))
    }
    return images
  } finally {
    await viewer.dispose()
  }
}

function line({ look, landmarks, identity, error, farthest, isNearest, isFound, seconds }: Result): string {
  return [
    `${look} as ${landmarks}: identity ${identity.toFixed(2)}`,
    `landmarks ${percent(error)}`,
    `at most ${farthest.toFixed(2)} along the path`,
    `${seconds.toFixed(0)} s`,
    ...(isNearest ? [] : ['ANOTHER IS NEARER']),
    ...(isFound ? [] : ['NO FACE FOUND']),
  ].join(', ')
}

function tableOf(figures: Readonly<Record<string, number>>): string {
  const { pairs, nearest, identity, landmarks, found, farthest, within, seconds } = figures
  const cells = [
    ...[pairs, nearest, identity!.toFixed(3), percent(landmarks!), found, farthest!.toFixed(2)],
    ...[within, seconds!.toFixed(0)],
  ]
  return [
    '| pairs | right look nearest | identity | inner landmarks | face found | farthest on a path | paths within 0.5 | s a tuning |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    `| ${cells.join(' | ')} |`,
    '',
  ].join('\n')
}

const gap = 4

async function writeSheet(results: readonly Result[], file: string): Promise<void> {
  const at = (place: number) => gap + place * (cell + gap)
  const pictures = results.flatMap(({ pictures }, row) =>
    pictures.map((image, column) => ({ image, left: at(column), top: at(row) })),
  )
  await writePictures(file, at(pathPictures + 2), at(results.length), pictures)
}

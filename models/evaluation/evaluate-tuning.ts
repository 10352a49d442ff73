import { parseArgs } from 'node:util'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { landmarkGroupOf } from '../../src/engine/face/landmark-groups.ts'
import { pointsInQuad } from '../../src/engine/face/quad.ts'
import { aimedPoints } from '../../src/engine/likeness/aimed-points.ts'
import type { Generator } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import { openLandmarkSight } from '../../src/engine/projection/landmark-sight.ts'
import { movedLatent } from '../../src/engine/projection/movement.ts'
import { constantNoise } from '../../src/engine/projection/noise.ts'
import { openViewer } from '../../src/engine/projection/viewer.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import type { LikenessFaces, LikenessFigures } from '../../src/node/engine/likeness-messages.ts'
import type { JobEvents, ProjectOutcome, TargetInput } from '../../src/node/engine/protocol.ts'
import type { TuneOutcome } from '../../src/node/engine/tune-messages.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { askedTuning } from '../../src/node/models/asked-tuning.ts'
import type { ModelFiles } from '../../src/node/models/files.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { drawnFace } from '../../src/node/runs/kinds/projection/drawn-face.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks } from '../../src/node/worker/face-networks.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import { tuneJob } from '../../src/node/worker/jobs/tune.ts'
import { type LikenessJudge, openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
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
nine pictures; then the same of the face when it is moved: its mouth, its brows and all its landmarks to where another of the
photographs has them, and its mouth to where its own picture does. The sheet shows look, landmarks, those nine and four of
each pair.

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
  /** Of the face as it was moved. */
  readonly moved: readonly LikenessFigures[]
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
    const third = aligned[(pair.landmarks + 1 + (pair.landmarks + 1 === pair.look ? 1 : 0)) % aligned.length]!
    const moved = await movedFaces(models, tuned, faces, pointsIn(third), judge, known[pair.look]!)
    results.push({
      ...{ look: look.name, landmarks: landmarks.name, identity, error, seconds: tuned.seconds },
      isNearest: others[pair.look] === Math.min(...others),
      isFound: (await finder.find(await sharpCodec.resize(tuned.image, 256, 256))).length > 0,
      farthest: Math.max(...distances),
      moved: moved.map(({ figures }) => figures),
      pictures: [squares[pair.look]!, squares[pair.landmarks]!, ...path, ...moved.map(({ image }) => image)],
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
    movedIdentity: mean(results.flatMap(({ moved }) => moved.map(({ identity }) => identity))),
    movedLandmarks: mean(results.flatMap(({ moved }) => moved.map(({ landmarks }) => landmarks))),
    movedWorst: Math.max(...results.flatMap(({ moved }) => moved.map(({ identity }) => identity))),
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
    target: [...pointsIn(other)],
    shares: Array(9).fill(1),
    mouths: [face(other, others), drawn],
  }
}

const pointsIn = ({ alignment }: TargetPicture) => pointsInQuad(alignment!.points!, alignment!.quad)

/** Groups whose landmarks another face gives, and by how much they count; see `landmarkGroups`. */
const moves: readonly { readonly others: readonly number[]; readonly shares: readonly number[] }[] = [
  { others: [7, 8], shares: Array(9).fill(1) },
  { others: [1, 2], shares: Array(9).fill(1) },
  { others: [0, 1, 2, 3, 4, 5, 6, 7, 8], shares: Array(9).fill(1) },
  { others: [], shares: [1, 1, 1, 1, 1, 1, 1, 0, 0] },
]

/** The taught face with its landmarks elsewhere. */
async function movedFaces(
  models: ModelFiles,
  { generator, movement }: TuneOutcome,
  { look, target }: LikenessFaces,
  other: ArrayLike<number>,
  judge: LikenessJudge,
  known: FloatTensor,
) {
  const { networks } = await loadNetworks(models)
  const [network] = openCheckpoint(memorySource(generator, 'generator')).networks
  const drawing = readGenerator(network!)
  const sight = await openLandmarkSight(onnxRuntime('cpu'), networks, movement.own.shape)
  const viewer = await openViewer(onnxRuntime('cpu'), drawing, movement.own.shape)
  const moved: { readonly image: Image; readonly figures: LikenessFigures }[] = []
  for (const { others, shares } of moves) {
    const goal = target.map((value, i) => (others.includes(landmarkGroupOf(i >> 1)) ? other[i]! : value))
    const aim = aimedPoints(pointsInQuad(look.points, look.quad), goal, shares)
    const latent = await movedLatent(movement, sight.see, aim)
    const image = await viewer.see({ latent, noise: constantNoise(drawing.noise) })
    moved.push({ image, figures: await judge.judge(image, known, aim) })
  }
  await Promise.all([sight.dispose(), viewer.dispose()])
  return moved
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

function line({ look, landmarks, identity, error, farthest, moved, ...result }: Result): string {
  const { isNearest, isFound, seconds } = result
  const faces = moved.map((one) => `${one.identity.toFixed(2)}/${percent(one.landmarks)}`)
  return [
    `${look} as ${landmarks}: identity ${identity.toFixed(2)}`,
    `landmarks ${percent(error)}`,
    `at most ${farthest.toFixed(2)} along the path`,
    `moved ${faces.join(' ')}`,
    `${seconds.toFixed(0)} s`,
    ...(isNearest ? [] : ['ANOTHER IS NEARER']),
    ...(isFound ? [] : ['NO FACE FOUND']),
  ].join(', ')
}

function tableOf(figures: Readonly<Record<string, number>>): string {
  const { pairs, nearest, identity, landmarks, found, farthest, within, seconds } = figures
  const { movedIdentity, movedLandmarks, movedWorst } = figures
  const cells = [
    ...[pairs, nearest, identity!.toFixed(3), percent(landmarks!), found, farthest!.toFixed(2)],
    ...[within, seconds!.toFixed(0)],
    ...[movedIdentity!.toFixed(3), percent(movedLandmarks!), movedWorst!.toFixed(2)],
  ]
  return [
    '| pairs | right look nearest | identity | inner landmarks | face found | farthest on a path | paths within 0.5 | s a tuning | moved: identity | landmarks | worst identity |',
    `|${' --- |'.repeat(11)}`,
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
  await writePictures(file, at(pathPictures + 2 + moves.length), at(results.length), pictures)
}

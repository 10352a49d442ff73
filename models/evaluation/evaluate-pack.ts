import { parseArgs } from 'node:util'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { mapLatents, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { perceptualFeatures } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import type { Networks } from '../../src/engine/projection/objective.ts'
import { generatedImage, pictureTensor } from '../../src/engine/projection/picture.ts'
import { project } from '../../src/engine/projection/projection.ts'
import type { ProjectionSettings } from '../../src/engine/projection/settings.ts'
import { confidenceOf, targetsOf } from '../../src/engine/projection/targets.ts'
import type { Image, Runtime } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { openLandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { withModelFiles } from '../../src/node/worker/model-files.ts'
import { landmarkNetworkIn, loadNetworks } from '../../src/node/worker/networks.ts'
import { landmarkError, mean, percent, perceptualDistance, psnr } from './figures.ts'
import { heldOutPairs, judgeFile, type Pair } from './held-out.ts'
import { searchOptions, searchSettings, searchUsage } from './search-options.ts'
import { side, writePictures } from './sheet.ts'
import { spoiledMaps } from './spoiled-maps.ts'

const usage = `npm run eval:pack -- [--json] [--pairs 20] [--spoil 12] [--sheet docs/evaluation.webp] [search]

Projects pairs of held-out portraits with the embedded pack and prints how well look and landmarks were met.
Landmarks are read by a network that the projection never saw; errors are fractions of the eyes' distance.
--spoil makes so many of the 68 target heat maps of each pair wrong.

${searchUsage}`

/** What came of one pair. */
interface Result {
  readonly pair: Pair
  readonly image: Image
  readonly landmarkError: number
  /** Of the average face, where the search starts. */
  readonly startError: number
  /** The look picture that is nearest to the result. */
  readonly nearest: number
}

/** How the target heat maps are treated. */
interface Spoiling {
  /** So many of the 68 of each pair are made wrong. */
  readonly spoil: number
  /** Of the landmark network's Gaussians, in cells. */
  readonly deviation: number
}

/** The four figures of the pack, and that of the start for comparison. */
interface Figures {
  readonly pairs: number
  readonly landmarkError: number
  readonly startError: number
  readonly lookNearest: number
  readonly fanError: number
  readonly reconstructionPsnr: number
}

/** The generator's picture of each latent z. */
async function drawn(runtime: Runtime, { generator }: Networks, latents: readonly Float32Array[]) {
  const b = createBuilder()
  const latent = mapLatents(b, generator, b.input('z', [1, generator.zDim]))
  const w = b.reshape(latent, { shape: [1, 1, generator.wDim] })
  const session = await runtime.load(serialise({ image: synthesise(b, generator, w, undefined) }))
  const images: Image[] = []
  for (const z of latents) {
    const { image } = await session.run({ z: floatTensor([1, generator.zDim], z) })
    images.push(generatedImage(image as FloatTensor))
  }
  await session.dispose()
  return images
}

/** Gives the perceptual features of pictures. */
async function openPerceptualReader(runtime: Runtime, { generator, perceptual }: Networks) {
  const b = createBuilder()
  const picture = b.input('picture', [1, 3, generator.resolution, generator.resolution])
  const taps = Object.fromEntries(
    perceptualFeatures(b, perceptual, picture).map((feature, tap) => [String(tap), feature]),
  )
  const session = await runtime.load(serialise(taps))
  return {
    async read(image: Image) {
      const found = await session.run({ picture: pictureTensor(image) })
      return Object.keys(taps).map((tap) => found[tap] as FloatTensor)
    },
    dispose: () => session.dispose(),
  }
}

/** Heat maps of a pair that are not as the landmark network sees them: as many as that are made wrong. */
async function spoiledTargets(
  runtime: Runtime,
  networks: Networks,
  { look, landmarks }: Pair,
  { spoil, deviation }: Spoiling,
  seed: number,
) {
  if (spoil === 0) return {}
  const { heatMaps } = await targetsOf(runtime, networks, { look: look.image, landmarks: landmarks.image })
  const drawnMaps = spoiledMaps(heatMaps, spoil, deviation, seed)
  return { drawnMaps, drawnConfidence: confidenceOf(drawnMaps, deviation) }
}

/** Projects every pair from the average face and judges the results. */
export async function evaluatePairs(
  runtime: Runtime,
  networks: Networks,
  pairs: readonly Pair[],
  settings: ProjectionSettings,
  spoiling: Spoiling,
): Promise<{ readonly figures: Figures; readonly results: readonly Result[] }> {
  const judge = await withModelFiles([{ path: judgeFile }], landmarkNetworkIn)
  const own = await openLandmarkReader(runtime, networks, {})
  const other = await openLandmarkReader(runtime, { ...networks, landmarks: judge }, {})
  const features = await openPerceptualReader(runtime, networks)
  const portraits = pairs.flatMap(({ look, landmarks }) => [look, landmarks])
  const fanErrors: number[] = []
  for (const { image, points } of portraits) fanErrors.push(landmarkError(await own.read(image), points))
  const redrawn = await drawn(
    runtime,
    networks,
    portraits.map(({ z }) => z),
  )
  const looks: (readonly FloatTensor[])[] = []
  for (const { look } of pairs) looks.push(await features.read(look.image))

  const results: Result[] = []
  for (const [index, pair] of pairs.entries()) {
    const { image, start } = await project({
      runtime,
      networks: async () => networks,
      pictures: {
        look: pair.look.image,
        landmarks: pair.landmarks.image,
        deviation: spoiling.deviation,
        ...(await spoiledTargets(runtime, networks, pair, spoiling, index)),
      },
      settings,
    })
    const seen = await features.read(image)
    const distances = looks.map((look) => perceptualDistance(seen, look))
    const result = {
      pair,
      image,
      landmarkError: landmarkError(await other.read(image), pair.landmarks.points),
      startError: landmarkError(await other.read(start), pair.landmarks.points),
      nearest: distances.indexOf(Math.min(...distances)),
    }
    results.push(result)
    process.stderr.write(
      `pair ${index + 1}/${pairs.length}: landmarks ${percent(result.landmarkError)}, ` +
        `start ${percent(result.startError)}, nearest look ${result.nearest === index ? 'right' : 'wrong'}\n`,
    )
  }
  await Promise.all([own.dispose(), other.dispose(), features.dispose()])
  return {
    results,
    figures: {
      pairs: pairs.length,
      landmarkError: mean(results.map((result) => result.landmarkError)),
      startError: mean(results.map((result) => result.startError)),
      lookNearest: results.filter(({ nearest }, index) => nearest === index).length,
      fanError: mean(fanErrors),
      reconstructionPsnr: mean(redrawn.map((image, i) => psnr(image, portraits[i]!.image))),
    },
  }
}

/** A table in Markdown. */
function table(figures: Figures, { steps }: { readonly steps: number }): string {
  const { pairs } = figures
  const rows = [
    [`landmarks of the results after ${steps} steps`, percent(figures.landmarkError), '< 5 %'],
    ['landmarks of the start', percent(figures.startError), ''],
    [
      'right look picture is the nearest',
      `${figures.lookNearest} of ${pairs}`,
      `>= ${Math.ceil(0.9 * pairs)}`,
    ],
    ["landmark network's own error", percent(figures.fanError), '< 3 %'],
    ["generator's pictures against the drawn", `${figures.reconstructionPsnr.toFixed(1)} dB`, '>= 20 dB'],
  ]
  return ['| | | target |', '| --- | --- | --- |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n')
}

const gap = 8
const columns = 2

/** Look, landmarks and result of every pair, two pairs a row. */
async function writeSheet(results: readonly Result[], file: string): Promise<void> {
  const cell = 3 * (side + 2) + gap
  const width = columns * cell + gap
  const height = Math.ceil(results.length / columns) * (side + gap) + gap
  const pictures = results.flatMap(({ pair, image }, index) => {
    const left = gap + (index % columns) * cell
    const top = gap + Math.floor(index / columns) * (side + gap)
    return [pair.look.image, pair.landmarks.image, image].map((picture, i) => ({
      image: picture,
      left: left + i * (side + 2),
      top,
    }))
  })
  await writePictures(file, width, height, pictures)
}

/** The command line; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      pairs: { type: 'string', default: '20' },
      ...searchOptions,
      spoil: { type: 'string', default: '0' },
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
  const pairs = await heldOutPairs(Number(values.pairs), networks.generator.resolution)
  const { figures, results } = await evaluatePairs(runtime, networks, pairs, settings, {
    spoil: Number(values.spoil),
    deviation: heatMapForm.deviation,
  })
  if (values.sheet !== undefined) await writeSheet(results, values.sheet)
  process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : `${table(figures, settings)}\n`)
  return 0
}

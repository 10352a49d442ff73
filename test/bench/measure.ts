import { gradients } from '../../src/engine/graph/backward.ts'
import { type Builder, createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import { heatMaps, readFan } from '../../src/engine/network/fan/fan.ts'
import { synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { perceptualFeatures, readVggLpips } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import type { Networks } from '../../src/engine/projection/objective.ts'
import { openProjector, type Projector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import type { Session } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, type Shape, sizeOf } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { stepArithmetic } from './arithmetic.ts'
import { channelBase, randomFan, randomGenerator, randomVggLpips } from './random-networks.ts'

/** What one process measures: a whole step, one of a search that is still coarse, the parts of one, or a step of a tuning. */
export type Measurement = 'step' | 'coarse' | 'parts' | 'tuning'

export interface StepFigures {
  /** Median of the steps after the first. */
  readonly stepSeconds: number
  /** The largest memory that the process ever had, loading included. */
  readonly peakMiB: number
}

/** Seconds of each part, forward and backward, and of the arithmetic at the speed of a matrix product. */
export interface PartFigures {
  readonly seconds: Readonly<Record<'generator' | 'landmarks' | 'perceptual', number>>
  readonly gigaflops: Readonly<Record<'generator' | 'landmarks' | 'perceptual', number>>
  /** 10^9 floating-point operations a second of a product of 1024 x 1024 matrices. */
  readonly productSpeed: number
}

const runtime = onnxRuntime('cpu')

function networksOf(resolution: number) {
  const generator = randomGenerator(resolution, channelBase(resolution))
  return { generator, fan: randomFan(256, 4), vgg: randomVggLpips() }
}

/** Uniform numbers; the same every time. */
function noise(shape: Shape, low: number, high: number): FloatTensor {
  const random = new MersenneTwister(1)
  const normals = random.normals(sizeOf(shape))
  return floatTensor(
    shape,
    Float32Array.from(normals, (x) => low + (high - low) * (1 / (1 + Math.exp(-1.7 * x)))),
  )
}

async function secondsOf(run: () => Promise<unknown>, repeats: number): Promise<number> {
  await run()
  const seconds: number[] = []
  for (let i = 0; i < repeats; i++) {
    const start = performance.now()
    await run()
    seconds.push((performance.now() - start) / 1000)
  }
  return seconds.sort((a, b) => a - b)[Math.floor(repeats / 2)]!
}

/** In a function of its own, so that nothing of the networks is held while the steps run; undefined where `used` gives none. */
async function openStep(
  resolution: number,
  threads: number,
  used: (networks: Networks) => Networks | undefined,
): Promise<Projector | undefined> {
  const { generator, fan, vgg } = networksOf(resolution)
  const networks = used({
    generator: readGenerator(generator),
    landmarks: readFan(fan),
    perceptual: readVggLpips([vgg]),
  })
  if (networks === undefined) return undefined
  const statistics = { average: noise([1, 1, 512], -1, 1), deviation: 1 }
  return openProjector(runtime, networks, statistics, 'w', { threads })
}

/** Steps as the product takes them, with its schedule, jitter and optimiser; null where its searches have none with such networks. */
export async function measureStep(
  resolution: number,
  threads: number,
  used: (networks: Networks) => Networks | undefined = (networks) => networks,
): Promise<StepFigures | null> {
  const projector = await openStep(resolution, threads, used)
  if (projector === undefined) return null
  const channels = [64, 128, 256, 512, 512]
  const targets = {
    features: channels.map((c, tap) => noise([1, c, 256 / 2 ** tap, 256 / 2 ** tap], 0, 1e-3)),
    heatMaps: noise([1, 68, 64, 64], 0, 1),
    confidence: noise([68, 1, 1], 1, 0),
    colours: noise([1, 3, 8, 8], 0, 1),
  }
  const random = new MersenneTwister(303)
  let state = projector.start(random)
  const stepSeconds = await secondsOf(async () => {
    state = (await projector.step(state, targets, referenceSettings, random)).next
  }, 5)
  await projector.dispose()
  return { stepSeconds, peakMiB: process.resourceUsage().maxRSS / 1024 }
}

/** Forward and backward of sum(y * y). */
async function openPart(
  threads: number,
  build: (b: Builder) => { readonly output: Value; readonly targets: readonly Value[] },
): Promise<Session> {
  const b = createBuilder()
  const { output, targets } = build(b)
  const loss = b.reduceSum(b.mul(output, output), { keep: false })
  const slopes = gradients(b, loss, targets).map((slope, i) => [`slope.${i}`, slope] as const)
  return runtime.load(serialise({ 'slope.loss': loss, ...Object.fromEntries(slopes) }), { threads })
}

export async function measureParts(resolution: number, threads: number): Promise<PartFigures> {
  const weights = networksOf(resolution)
  const timed = async (session: Session, inputs: Readonly<Record<string, FloatTensor>>, repeats = 3) => {
    const seconds = await secondsOf(() => session.run(inputs), repeats)
    await session.dispose()
    return seconds
  }
  const picture = noise([1, 3, 256, 256], 0, 255)

  const product = await openProduct(threads)
  const productSeconds = await timed(product, { x: noise([1024, 1024], -1, 1) }, 100)

  const generator = readGenerator(weights.generator)
  const maps = generator.noise.map(({ name, shape }) => [name, noise(shape, -1, 1)] as const)
  const generatorSession = await openPart(threads, (b) => {
    const latent = b.input('latent', [1, 1, 512])
    const inputs = new Map(generator.noise.map(({ name, shape }) => [name, b.input(name, shape)]))
    return { output: synthesise(b, generator, latent, inputs), targets: [latent, ...inputs.values()] }
  })
  const generatorSeconds = await timed(generatorSession, {
    latent: noise([1, 1, 512], -1, 1),
    ...Object.fromEntries(maps),
  })

  const landmarksSession = await openPart(threads, (b) => {
    const x = b.input('x', picture.shape)
    return { output: heatMaps(b, readFan(weights.fan), x), targets: [x] }
  })
  const landmarksSeconds = await timed(landmarksSession, { x: noise([1, 3, 256, 256], 0, 1) })

  const perceptualSession = await openPart(threads, (b) => {
    const x = b.input('x', picture.shape)
    const features = perceptualFeatures(b, readVggLpips([weights.vgg]), x)
    const flat = features.map((feature) => b.reshape(feature, { shape: [sizeOf(feature.shape)] }))
    return { output: b.concat(flat, { axis: 0 }), targets: [x] }
  })
  const perceptualSeconds = await timed(perceptualSession, { x: picture })

  const operations = stepArithmetic(weights.generator.weights, resolution, weights.fan, weights.vgg)
  return {
    seconds: { generator: generatorSeconds, landmarks: landmarksSeconds, perceptual: perceptualSeconds },
    gigaflops: {
      generator: operations.generator / 1e9,
      landmarks: operations.landmarks / 1e9,
      perceptual: operations.perceptual / 1e9,
    },
    productSpeed: (2 * 1024 ** 3) / productSeconds / 1e9,
  }
}

/** A product of 1024 x 1024 matrices with a constant right side. */
async function openProduct(threads: number): Promise<Session> {
  const b = createBuilder()
  const right = b.constant(noise([1024, 1024], -1, 1), 'right')
  const y = b.matMul(b.input('x', [1024, 1024]), right)
  return runtime.load(serialise({ y }), { threads })
}

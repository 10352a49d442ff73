import { MienError } from '../../engine/errors.ts'
import { photographDeviation } from '../../engine/face/drawn-heat-maps.ts'
import { type Fan, readFan } from '../../engine/network/fan/fan.ts'
import { strangerAmong } from '../../engine/network/strangers.ts'
import { type Discriminator, readDiscriminator } from '../../engine/network/stylegan2/discriminator.ts'
import type { Generator } from '../../engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../engine/network/stylegan2/generator-reading.ts'
import { readVggLpips, type VggLpips, withoutClassifier } from '../../engine/network/vgg-lpips/vgg-lpips.ts'
import type { Networks } from '../../engine/projection/objective.ts'
import type { ExtraTermNumbers } from '../../engine/projection/terms.ts'
import type { StoredNetwork } from '../../engine/weights.ts'
import type { JobEvents, ModelHashes } from '../engine/protocol.ts'
import type { ModelFile, ModelFiles } from '../models/files.ts'
import { loadFaceRecognition, recognitionHashes } from './face-networks.ts'
import { type OpenModelFile, withModelFiles } from './model-files.ts'
import { kindNames, kindOf, type NetworkKind } from './network-kind.ts'

/** Heat maps as a landmark network is taught them: Gaussians of height 1. */
export interface HeatMapForm {
  /** In cells of the map. */
  readonly deviation: number
  /** Whether the network is asked about photographs; else their heat maps are drawn. */
  readonly knowsPhotographs: boolean
}

/** All networks of a projection, and the hashes of their files. */
export interface LoadedNetworks {
  readonly networks: Networks
  /** Tuned from their generator. */
  readonly tuned?: Generator
  readonly hashes: ModelHashes
  readonly heatMapForm: HeatMapForm
}

/** The networks that these terms need. */
export async function loadNetworks(
  files: ModelFiles,
  { identity, discriminator }: ExtraTermNumbers = {},
): Promise<LoadedNetworks> {
  const { generator, hashes } = await loadGenerator(files.generator)
  const landmarks = await withModelFiles(files.landmarks, (opened) => ({
    network: landmarkNetworkIn(opened),
    form: heatMapFormIn(opened),
    hashes: hashesOf(opened),
  }))
  const perceptual = await withModelFiles(files.perceptual, (opened) => ({
    network: perceptualNetworkIn(opened),
    hashes: hashesOf(opened),
  }))
  const recognised = identity !== undefined
  const judge = discriminator === undefined ? undefined : await loadDiscriminator(files, generator.resolution)
  const tuned = files.tuned && (await loadTuned(files.tuned, generator))
  return {
    ...(tuned && { tuned: tuned.generator }),
    networks: {
      ...{ generator, landmarks: landmarks.network, perceptual: perceptual.network },
      ...(recognised && { recognition: await loadFaceRecognition() }),
      ...(judge && { discriminator: judge.discriminator }),
    },
    hashes: {
      ...{ generator: hashes, landmarks: landmarks.hashes, perceptual: perceptual.hashes },
      ...(recognised && { recognition: recognitionHashes }),
      ...(judge && { discriminator: judge.hashes }),
      ...(tuned && { tuned: tuned.hashes }),
    },
    heatMapForm: landmarks.form,
  }
}

/**
 * The discriminator that was trained with the generator. Throws MienError 'unsupported-model' where there is none,
 * 'mismatch' for one of another resolution.
 */
function loadDiscriminator(
  { generator, discriminator = generator }: ModelFiles,
  resolution: number,
): Promise<{ readonly discriminator: Discriminator; readonly hashes: readonly string[] }> {
  return withModelFiles(discriminator, (opened) => {
    const hint = "Give a checkpoint that holds both, as NVIDIA's .pkl do, or leave out its term."
    const read = inFile(opened, () => readDiscriminator(requireKind(opened, 'discriminator', hint)))
    if (read.resolution !== resolution) {
      throw new MienError(
        'mismatch',
        `${namesOf(opened)} judges pictures of ${read.resolution} pixels; the generator draws ${resolution}.`,
        { file: opened[0]!.path, hint },
      )
    }
    return { discriminator: read, hashes: hashesOf(opened) }
  })
}

/** The generator of a file, and the file's hash. */
export function loadGenerator(
  files: readonly ModelFile[],
): Promise<{ readonly generator: Generator; readonly hashes: readonly string[] }> {
  return withModelFiles(files, (opened) => ({
    generator: generatorIn(opened, files[0]?.class),
    hashes: hashesOf(opened),
  }))
}

/** Tells what a generator's file leaves open; of an installed one it was told when it was imported. */
export function tellRemarks(
  [file]: readonly ModelFile[],
  { remarks }: Pick<Generator, 'remarks'>,
  { notice }: Pick<Required<JobEvents>, 'notice'>,
): void {
  if (file?.id === undefined) for (const remark of remarks) notice(remark)
}

/** Throws MienError 'mismatch' for a generator that does not take the latents and the noise of the one it was tuned from. */
async function loadTuned(files: readonly ModelFile[], from: Generator) {
  const loaded = await loadGenerator(files)
  const extentsOf = ({ resolution, wDim, latentCount, noise }: Generator) =>
    JSON.stringify([resolution, wDim, latentCount, noise.map(({ shape }) => shape)])
  if (extentsOf(loaded.generator) === extentsOf(from)) return loaded
  const [{ path }] = files as [ModelFile]
  throw new MienError(
    'mismatch',
    `${path} is not of the form of the generator that it says it was tuned from.`,
    {
      file: path,
      hint: 'Tune the generator again.',
    },
  )
}

/** Reads the generator: the averaged one, where there are several. Throws MienError 'unsupported-model'. */
export function generatorIn(opened: readonly OpenModelFile[], label?: number): Generator {
  return inFile(opened, () => {
    const generator = readGenerator(requireKind(opened, 'generator'), label)
    return { ...generator, remarks: [...choiceRemarks(opened), ...generator.remarks] }
  })
}

/** Says which of several generators was taken, where their names do not tell which is the averaged one. */
function choiceRemarks(opened: readonly OpenModelFile[]): readonly string[] {
  const names = networksOf(opened, 'generator').map(({ name }) => name)
  if (names.length < 2 || names.some((name) => averaged.test(name))) return []
  const [taken, ...others] = names.map((name) => `"${name}"`)
  return [
    `The file holds ${names.length} generators, and their names do not tell which is the averaged one: Mien takes ${taken} and leaves ${others.join(', ')}.`,
  ]
}

export function landmarkNetworkIn(opened: readonly OpenModelFile[]): Fan {
  return inFile(opened, () => readFan(requireKind(opened, 'landmarks').weights))
}

/**
 * What model.json or the file itself says of a landmark network: `knows_photographs`, taken as true where it is
 * absent, and `heat_map_deviation`, the standard deviation of its Gaussians in cells, taken as that of photographs'
 * FANs where a network that knows photographs leaves it out.
 */
function heatMapFormIn(opened: readonly OpenModelFile[]): HeatMapForm {
  const { knows_photographs: knowsPhotographs, heat_map_deviation: deviation } = requireKind(
    opened,
    'landmarks',
  ).init
  const knows = knowsPhotographs !== false
  if (knows && deviation === undefined) return { deviation: photographDeviation, knowsPhotographs: knows }
  if (typeof deviation === 'number' && Number.isFinite(deviation) && deviation > 0)
    return { deviation, knowsPhotographs: knows }
  throw new MienError('unsupported-model', `${namesOf(opened)} does not say how wide its heat maps are.`, {
    file: opened[0]!.path,
    name: 'heat_map_deviation',
    hint: 'Add "heat_map_deviation" to the landmark network in its model.json.',
  })
}

/** Reads a perceptual network from one file with both parts, or from a file for each. */
export function perceptualNetworkIn(opened: readonly OpenModelFile[]): VggLpips {
  return inFile(opened, () => readVggLpips(perceptualParts(opened).map(({ weights }) => weights)))
}

/** The parts of a perceptual network, with nothing in them but what is read of them. */
export function perceptualTensorsIn(opened: readonly OpenModelFile[]): readonly StoredNetwork[] {
  return inFile(opened, () => withoutClassifier(perceptualParts(opened)))
}

/**
 * One network with everything, or convolutions and linear weights. Throws MienError 'unsupported-model', also for a file
 * that gives nothing to it.
 */
export function perceptualParts(opened: readonly OpenModelFile[]): readonly StoredNetwork[] {
  const parts = findPerceptualParts(opened)
  const spare = opened.find(({ checkpoint: { networks } }) => !networks.some((held) => parts.includes(held)))
  if (spare === undefined) return parts
  throw new MienError(
    'unsupported-model',
    `${namesOf(opened)} are not the halves of one perceptual network.`,
    {
      file: spare.path,
      hint: 'Give one file that holds both, or vgg16.pth and lpips.pth.',
    },
  )
}

function findPerceptualParts(opened: readonly OpenModelFile[]): readonly StoredNetwork[] {
  const whole = findKind(opened, 'perceptual')
  if (whole !== undefined) return [whole]
  const convolutions = findKind(opened, 'perceptual-convolutions')
  const linear = findKind(opened, 'perceptual-linear')
  if (convolutions !== undefined && linear !== undefined) return [convolutions, linear]
  if (convolutions === undefined && linear === undefined) return [requireKind(opened, 'perceptual')]
  refuseStranger(opened)
  const missing = convolutions === undefined ? 'perceptual-convolutions' : 'perceptual-linear'
  throw new MienError('unsupported-model', `${namesOf(opened)} lacks ${kindNames[missing]}.`, {
    file: opened[0]!.path,
    hint: 'Give both files at once, vgg16.pth and lpips.pth.',
  })
}

/** What training programs call a generator of averaged weights: G_ema, netG_ema.module, generator_smooth, Gs, g_running. */
const averaged = /(^|[^a-z])(ema|gs|smooth|running|avg|average)([^a-z]|$)/i

/** The network of that kind; where a checkpoint has several, the averaged one, which draws better than the one in training. */
export function findKind(opened: readonly OpenModelFile[], kind: NetworkKind): StoredNetwork | undefined {
  const found = networksOf(opened, kind)
  return found.find(({ name }) => averaged.test(name)) ?? found[0]
}

function networksOf(opened: readonly OpenModelFile[], kind: NetworkKind): readonly StoredNetwork[] {
  return opened.flatMap(({ checkpoint }) => checkpoint.networks).filter((network) => kindOf(network) === kind)
}

/** As `findKind`. Throws MienError 'unsupported-model' where there is none. */
export function requireKind(
  opened: readonly OpenModelFile[],
  kind: NetworkKind,
  hint = 'Check which file is which network.',
): StoredNetwork {
  const network = findKind(opened, kind)
  if (network !== undefined) return network
  refuseStranger(opened)
  const others = opened
    .flatMap(({ checkpoint }) => checkpoint.networks.map(kindOf))
    .filter((other) => other !== undefined)
    .map((other) => kindNames[other])
  const held = others.length > 0 ? `; it holds ${[...new Set(others)].join(' and ')}` : ''
  throw new MienError('unsupported-model', `${namesOf(opened)} does not hold ${kindNames[kind]}${held}.`, {
    file: opened[0]!.path,
    hint,
  })
}

/** Throws MienError 'unsupported-model' for a file with nothing but a network that is known and that no job takes. */
export function refuseStranger(opened: readonly OpenModelFile[]): void {
  for (const { name, path, checkpoint } of opened) {
    const stranger = strangerAmong(checkpoint.networks)
    if (stranger === undefined || checkpoint.networks.some((network) => kindOf(network) !== undefined))
      continue
    const { what, hint } = stranger
    throw new MienError('unsupported-model', `${name} holds ${what}.`, { file: path, hint })
  }
}

/** Readers know tensors, not files: their errors are completed by the name of the file. */
function inFile<T>(opened: readonly OpenModelFile[], read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof MienError) || error.place.file !== undefined) throw error
    const { code, message, hint, place } = error
    throw new MienError(code, `${namesOf(opened)}: ${message}`, {
      ...place,
      ...(hint === undefined ? {} : { hint }),
      file: opened[0]!.path,
      cause: error,
    })
  }
}

function namesOf(opened: readonly OpenModelFile[]): string {
  return opened.map(({ name }) => name).join(' with ')
}

function hashesOf(opened: readonly OpenModelFile[]): readonly string[] {
  return opened.map(({ sha256 }) => sha256)
}

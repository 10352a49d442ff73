import { type Command, Option } from 'commander'
import { MienError } from '../../engine/errors.ts'
import { referenceSettings, type Weighting } from '../../engine/projection/settings.ts'
import {
  type TermName,
  termNames,
  termsOf,
  termTable,
  withoutIdleTerms,
} from '../../engine/projection/terms.ts'
import { type Precision, precisions } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { type ProviderChoice, providerChoices } from '../../shared/settings.ts'
import type { Execution } from '../engine/execution.ts'
import type { AlignmentChoice, TargetInput } from '../engine/protocol.ts'
import { type AskedSettings, askedSettings } from '../models/asked-settings.ts'
import type { ModelFiles } from '../models/files.ts'
import type { ModelChoices } from '../models/store.ts'
import { readLatent } from '../runs/kinds/projection/latent-file.ts'
import { readPictureFile } from '../runs/record/pictures.ts'
import { fraction, groupWeightList, weightNumber, wholeNumber } from './arguments.ts'
import { readPoints } from './points-file.ts'

const mostThreads = 256

const mostLatents = 1e6

const mostClasses = 1e6

export interface ModelOptions {
  readonly model?: string
  readonly landmarkModel?: string
  readonly perceptualModel?: readonly string[]
}

/** Of commands that draw latents of their own. */
export interface ClassOptions {
  readonly class?: number
}

/** `--class`. */
export function addClassOption(command: Command): Command {
  return command.option(
    '--class <n>',
    'class that a class-conditional generator draws, counted from 0',
    wholeNumber(0, mostClasses),
  )
}

/** `--model`, and for commands that judge pictures the two other networks. */
export function addModelOptions(command: Command, all: boolean): Command {
  command.option('--model <id|file>', 'generator: an id of "mien models", or a checkpoint file')
  if (!all) return command
  return command
    .option('--landmark-model <id|file>', 'landmark network (FAN)')
    .option(
      '--perceptual-model <id|file>',
      'perceptual network (VGG16 with LPIPS): one file, or vgg16.pth,lpips.pth; given twice where a path has a comma',
      (path: string, before: readonly string[] = []) => [...before, path],
    )
}

export function modelChoices({
  model,
  landmarkModel,
  perceptualModel,
  class: label,
}: ModelOptions & ClassOptions): ModelChoices {
  return {
    ...(model === undefined ? {} : { generator: model }),
    ...(landmarkModel === undefined ? {} : { landmarks: landmarkModel }),
    ...perceptualChoice(perceptualModel),
    ...(label === undefined ? {} : { class: label }),
  }
}

/** What was given last, and what before it: the other half, if both are files. */
function perceptualChoice(given: readonly string[] = []): ModelChoices {
  const [last, before] = given.toReversed()
  return {
    ...(last === undefined ? {} : { perceptual: last }),
    ...(before === undefined ? {} : { perceptualHalf: before }),
  }
}

export interface LatentOptions {
  readonly latent: string
  readonly latentIndex?: number
  readonly noise?: string
}

/** `--latent`, which of several, and `--noise`. */
export function addLatentOptions(command: Command): Command {
  return command
    .requiredOption(
      '--latent <file>',
      'latent as .npz, .npy or .pt: [w_dim], [num_ws, w_dim] or [1, num_ws, w_dim], under the key w, dlatents, latent or alone',
    )
    .option(
      '--latent-index <n>',
      'which one of a file of several, counted from 0',
      wholeNumber(0, mostLatents),
    )
    .option('--noise <npz>', "noise by buffer names; the generator's own if absent")
}

/** The latent that the flags name. */
export function latentOf({ latent, latentIndex }: LatentOptions): Promise<FloatTensor> {
  return readLatent(latent, latentIndex)
}

export interface ExecutionOptions {
  readonly provider: ProviderChoice
  readonly threads?: number
}

/** `--provider` and `--threads`. */
export function addExecutionOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--provider <name>', 'device that computes; "mien devices" lists what works')
        .choices(providerChoices)
        .default('auto'),
    )
    .addOption(
      threadsOption(
        'threads of the processor, at most one a core (default: one a core, or OMP_NUM_THREADS); the same number gives the same results, bit for bit',
      ),
    )
}

/** `--threads`. */
export function threadsOption(about: string): Option {
  return new Option('--threads <n>', about).argParser(wholeNumber(1, mostThreads))
}

export function executionOf({ provider, threads }: ExecutionOptions): Execution {
  return { provider, ...(threads === undefined ? {} : { threads }) }
}

export interface PrecisionOptions {
  readonly precision: Precision
}

/** `--precision`, of the search alone. */
export function addPrecisionOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--precision <type>',
      'float16 is faster on many graphics cards; Mien goes back to float32 if the first step shows that it is not exact enough',
    )
      .choices(precisions)
      .default('float32'),
  )
}

/** How flags name the terms that the reference's programs call otherwise than its code. */
const flagNames: Readonly<Partial<Record<TermName, string>>> = { perceptual: 'lpips', noiseReg: 'noise' }

function flagOf(term: TermName): string {
  return flagNames[term] ?? term
}

export interface WeightOptions {
  /** Of the terms, by the names of their flags. */
  readonly [weight: `${string}Weight`]: number | undefined
  readonly landmarkConfidence?: boolean
  readonly landmarkMask?: number
  readonly landmarkWeights?: readonly number[]
  /** The reference's way of searching, whatever the model asks for, but for what has a flag. */
  readonly reference?: boolean
}

/** The weights of the objective. What is left out is as the model asks for, or as in the reference. */
export function addWeightOptions(command: Command): Command {
  const { weights, groupWeights } = referenceSettings
  for (const name of termNames) {
    const reference = weights[name] === undefined ? '' : ` (reference: ${weights[name]})`
    command.option(`--${flagOf(name)}-weight <x>`, `${termTable[name].about}${reference}`, weightNumber)
  }
  return command
    .option('--landmark-confidence', 'let landmarks count less whose heat maps look wrong')
    .option('--landmark-mask <x>', 'how little the look counts around the landmarks, 0 to 1', fraction)
    .option(
      '--landmark-weights <list>',
      'nine weights: jaw, left and right eyebrow, nose bridge, lower nose, left and right eye, outer and inner ' +
        `lip (reference: ${groupWeights.join(',')})`,
      groupWeightList,
    )
    .option('--reference', 'search as the reference does, whatever the model asks for')
}

/** How the model wants to be searched; with `--reference` it has no say. */
export function askedOf(
  { reference }: Pick<WeightOptions, 'reference'>,
  generator: ModelFiles['generator'],
): AskedSettings {
  return reference ? { weights: {} } : askedSettings(generator)
}

/** How a model wants to be searched, beside what is minimised. */
export function searchOf(options: Pick<WeightOptions, 'reference'>, { generator }: ModelFiles) {
  const { start, coarseFirst, shortMemory, quasiNewton } = askedOf(options, generator)
  return {
    ...(start && { start }),
    ...(coarseFirst && { coarseFirst }),
    ...(shortMemory && { shortMemory }),
    ...(quasiNewton && { quasiNewton }),
  }
}

/** What was given by flags, else what the model asks for, else the reference's. Extra terms of weight 0 are left out. */
export function weightingOf(options: WeightOptions, { generator }: ModelFiles): Weighting {
  const asked = askedOf(options, generator)
  const { weights, groupWeights } = referenceSettings
  const confidence = options.landmarkConfidence ?? asked.confidence
  const landmarkMask = options.landmarkMask ?? asked.landmarkMask
  return {
    weights: withoutIdleTerms(
      termsOf((name) => options[`${flagOf(name)}Weight`] ?? asked.weights[name] ?? weights[name]),
    ),
    groupWeights: options.landmarkWeights ?? asked.groupWeights ?? groupWeights,
    ...(confidence && { confidence }),
    ...(landmarkMask && { landmarkMask }),
  }
}

/** How the two pictures become squares. */
export interface AlignmentOptions {
  /** False with `--no-align`. */
  readonly align: boolean
  readonly lookFace?: number
  readonly landmarksFace?: number
  readonly lookPoints?: string
  readonly landmarksPoints?: string
}

const mostFaces = 1000

/** The number of a face in the order of size. */
export const faceNumber = wholeNumber(1, mostFaces)

/** Whether faces are looked for in the two pictures, and which. */
export function addAlignmentOptions(command: Command): Command {
  return command
    .option('--no-align', "take the pictures' centre squares as they are: already aligned like FFHQ")
    .option(
      '--look-face <n>',
      'face of the look picture: 1 is the largest, as "mien detect" lists them',
      faceNumber,
    )
    .option('--landmarks-face <n>', 'face of the landmark picture', faceNumber)
    .option('--look-points <file>', 'landmarks of the look picture by hand: JSON of 68 [x, y], in pixels')
    .option('--landmarks-points <file>', 'landmarks of the landmark picture by hand')
}

export interface PictureOptions extends AlignmentOptions {
  readonly look: string
  readonly landmarks: string
}

/** The two pictures, and whether faces are looked for in them. */
export function addPictureOptions(command: Command): Command {
  return addAlignmentOptions(
    command
      .requiredOption('--look <picture>', 'picture whose look the result gets')
      .requiredOption(
        '--landmarks <picture>',
        'picture whose landmarks the result gets: pose and expression',
      ),
  )
}

/** Reads the bytes of the two pictures; the engine process decodes and aligns them. */
export async function readPictures(
  options: PictureOptions,
): Promise<{ readonly look: TargetInput; readonly landmarks: TargetInput }> {
  const choices = faceChoicesOf(options)
  return {
    look: await readTarget(options.look, choices.look),
    landmarks: await readTarget(options.landmarks, choices.landmarks),
  }
}

/** Which face of either picture is meant. Throws MienError 'wrong-use' for one that is chosen and not to be aligned. */
export function faceChoicesOf({
  align,
  lookFace,
  landmarksFace,
  lookPoints,
  landmarksPoints,
}: AlignmentOptions): Readonly<Record<'look' | 'landmarks', FaceChoice | 'none'>> {
  const given = [lookFace, landmarksFace, lookPoints, landmarksPoints].some((value) => value !== undefined)
  if (!align && given) {
    throw new MienError('wrong-use', '--no-align does not go with a chosen face or given landmarks.', {
      hint: 'Leave out --no-align, or the other flags.',
    })
  }
  return align
    ? {
        look: { face: lookFace, points: lookPoints },
        landmarks: { face: landmarksFace, points: landmarksPoints },
      }
    : { look: 'none', landmarks: 'none' }
}

/** A choice as the user makes it: a number, or the path of a file of landmarks. */
export interface FaceChoice {
  readonly face: number | undefined
  readonly points: string | undefined
}

/** Reads a picture, and the landmarks that are given for it. */
export async function readTarget(path: string, choice: FaceChoice | 'none'): Promise<TargetInput> {
  return { ...(await readPictureFile(path)), alignment: await alignmentOf(path, choice) }
}

/**
 * How that picture becomes a square, with the landmarks that are given for it. Throws MienError 'wrong-use', and for a file
 * of landmarks that cannot be used.
 */
export async function alignmentOf(path: string, choice: FaceChoice | 'none'): Promise<AlignmentChoice> {
  if (choice === 'none') return choice
  const { face, points } = choice
  if (face !== undefined && points !== undefined) {
    throw new MienError('wrong-use', `For ${path} both a face and landmarks are given.`, {
      hint: 'Give the number of the face, or the file of landmarks.',
    })
  }
  if (points !== undefined) return { points: await readPoints(points) }
  return face === undefined ? {} : { face }
}

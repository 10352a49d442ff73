import { type Command, Option } from 'commander'
import { MienError } from '../../engine/errors.ts'
import type { Weighting } from '../../engine/projection/projector.ts'
import { referenceSettings } from '../../engine/projection/settings.ts'
import { type Precision, precisions } from '../../engine/runtime.ts'
import { type ProviderChoice, providerChoices } from '../../shared/settings.ts'
import { readWholeFile } from '../files.ts'
import type { ModelChoices } from '../service/model-library.ts'
import { readPoints } from '../service/points-file.ts'
import type { Execution, ModelFiles, PictureInput, TargetInput } from '../worker/protocol.ts'
import { groupWeightList, weightNumber, wholeNumber } from './arguments.ts'

/** Compressed pictures beyond this are no photographs. */
const largestPicture = 512 * 2 ** 20

const mostThreads = 256

export interface ModelOptions {
  readonly model?: string
  readonly landmarkModel?: string
  readonly perceptualModel?: string
}

/** `--model`, and for commands that judge pictures the two other networks. */
export function addModelOptions(command: Command, all: boolean): Command {
  command.option('--model <id|file>', 'generator: an id of "mien models", or a checkpoint file')
  if (!all) return command
  return command
    .option('--landmark-model <id|file>', 'landmark network (FAN)')
    .option(
      '--perceptual-model <id|file>',
      'perceptual network (VGG16 with LPIPS): one file, or vgg16.pth,lpips.pth',
    )
}

export function modelChoices({ model, landmarkModel, perceptualModel }: ModelOptions): ModelChoices {
  return {
    ...(model === undefined ? {} : { generator: model }),
    ...(landmarkModel === undefined ? {} : { landmarks: landmarkModel }),
    ...(perceptualModel === undefined ? {} : { perceptual: perceptualModel }),
  }
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
    .option(
      '--threads <n>',
      'threads of the processor; results repeat to the bit with the same number',
      wholeNumber(1, mostThreads),
    )
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
      'float16 is faster on many graphics cards; it is given up where the first step shows that it errs',
    )
      .choices(precisions)
      .default('float32'),
  )
}

export interface WeightOptions {
  readonly landmarkWeight: number
  readonly lpipsWeight: number
  readonly noiseWeight: number
  readonly priorWeight?: number
  readonly landmarkWeights: readonly number[]
}

/** The weights of the objective. */
export function addWeightOptions(command: Command): Command {
  const { weights, groupWeights } = referenceSettings
  return command
    .option('--landmark-weight <x>', 'weight of the landmarks', weightNumber, weights.landmark)
    .option('--lpips-weight <x>', 'weight of the look', weightNumber, weights.perceptual)
    .option('--noise-weight <x>', 'weight that keeps the noise noise', weightNumber, weights.noiseReg)
    .option(
      '--prior-weight <x>',
      "weight that keeps the latent where the generator's lie (default: what the model asks for, or 0)",
      weightNumber,
    )
    .addOption(
      new Option(
        '--landmark-weights <list>',
        'nine weights: jaw, left and right eyebrow, nose bridge, lower nose, left and right eye, outer and inner lip',
      )
        .argParser(groupWeightList)
        .default(groupWeights, groupWeights.join(',')),
    )
}

/**
 * The weights that were given, or the reference's; for the latent prior, which the reference has not, `prior_weight`
 * of the generator's model.json. A prior of weight 0 is left out.
 */
export function weightingOf(options: WeightOptions, { generator }: ModelFiles): Weighting {
  const prior = options.priorWeight ?? generator[0]?.init?.prior_weight
  return {
    weights: {
      perceptual: options.lpipsWeight,
      landmark: options.landmarkWeight,
      noiseReg: options.noiseWeight,
      ...(typeof prior === 'number' && prior > 0 && { prior }),
    },
    groupWeights: options.landmarkWeights,
  }
}

export interface PictureOptions {
  readonly look: string
  readonly landmarks: string
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

/** The two pictures, and whether faces are looked for in them. */
export function addPictureOptions(command: Command): Command {
  return command
    .requiredOption('--look <picture>', 'picture whose look the result gets')
    .requiredOption('--landmarks <picture>', 'picture whose landmarks the result gets: pose and expression')
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

/** Reads the bytes of the two pictures; the engine process decodes and aligns them. */
export async function readPictures(
  options: PictureOptions,
): Promise<{ readonly look: TargetInput; readonly landmarks: TargetInput }> {
  const { look, landmarks, align, lookFace, landmarksFace, lookPoints, landmarksPoints } = options
  const given = [lookFace, landmarksFace, lookPoints, landmarksPoints].some((value) => value !== undefined)
  if (!align && given) {
    throw new MienError('wrong-use', 'With --no-align no face can be chosen and no landmarks be given.', {
      hint: 'Leave out --no-align, or the other flags.',
    })
  }
  return {
    look: await readTarget(look, align ? { face: lookFace, points: lookPoints } : 'none'),
    landmarks: await readTarget(landmarks, align ? { face: landmarksFace, points: landmarksPoints } : 'none'),
  }
}

/** A choice as the user makes it: a number, or the path of a file of landmarks. */
export interface FaceChoice {
  readonly face: number | undefined
  readonly points: string | undefined
}

/** Reads a picture, and the landmarks that are given for it. */
export async function readTarget(path: string, choice: FaceChoice | 'none'): Promise<TargetInput> {
  const picture = await readPicture(path)
  if (choice === 'none') return { ...picture, alignment: 'none' }
  const { face, points } = choice
  if (face !== undefined && points !== undefined) {
    throw new MienError('wrong-use', `For ${path} both a face and landmarks are given.`, {
      hint: 'Give the number of the face, or the file of landmarks.',
    })
  }
  if (points !== undefined) return { ...picture, alignment: { points: await readPoints(points) } }
  return { ...picture, alignment: face === undefined ? {} : { face } }
}

export async function readPicture(path: string): Promise<PictureInput> {
  return { name: path, bytes: await readWholeFile(path, largestPicture) }
}

import { type Command, Option } from 'commander'
import { MienError } from '../../engine/errors.ts'
import type { Weighting } from '../../engine/projection/projector.ts'
import { referenceSettings } from '../../engine/projection/settings.ts'
import { type ProviderChoice, providerChoices } from '../../shared/settings.ts'
import { readWholeFile } from '../files.ts'
import type { ModelChoices } from '../service/model-library.ts'
import type { Execution, PictureInput } from '../worker/protocol.ts'
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

export interface WeightOptions {
  readonly landmarkWeight: number
  readonly lpipsWeight: number
  readonly noiseWeight: number
  readonly landmarkWeights: readonly number[]
}

/** The weights of the objective. */
export function addWeightOptions(command: Command): Command {
  const { weights, groupWeights } = referenceSettings
  return command
    .option('--landmark-weight <x>', 'weight of the landmarks', weightNumber, weights.landmark)
    .option('--lpips-weight <x>', 'weight of the look', weightNumber, weights.perceptual)
    .option('--noise-weight <x>', 'weight that keeps the noise noise', weightNumber, weights.noiseReg)
    .addOption(
      new Option(
        '--landmark-weights <list>',
        'nine weights: jaw, left and right eyebrow, nose bridge, lower nose, left and right eye, outer and inner lip',
      )
        .argParser(groupWeightList)
        .default(groupWeights, groupWeights.join(',')),
    )
}

export function weightingOf(options: WeightOptions): Weighting {
  return {
    weights: {
      perceptual: options.lpipsWeight,
      landmark: options.landmarkWeight,
      noiseReg: options.noiseWeight,
    },
    groupWeights: options.landmarkWeights,
  }
}

export interface PictureOptions {
  readonly look: string
  readonly landmarks: string
  /** False with `--no-align`. */
  readonly align: boolean
}

/** The two pictures, and whether faces are looked for in them. */
export function addPictureOptions(command: Command): Command {
  return command
    .requiredOption('--look <picture>', 'picture whose look the result gets')
    .requiredOption('--landmarks <picture>', 'picture whose landmarks the result gets: pose and expression')
    .option('--no-align', "take the pictures' centre squares as they are: already aligned like FFHQ")
}

/** Throws MienError 'wrong-use' where alignment is asked for, which this version cannot do. */
export function refuseAlignment({ align }: PictureOptions): void {
  if (align) {
    throw new MienError('wrong-use', 'This version of Mien does not find and align faces yet.', {
      hint: 'Give pictures that are aligned like FFHQ, together with --no-align.',
    })
  }
}

/** Reads the bytes of the two pictures; the engine process decodes them. */
export async function readPictures({
  look,
  landmarks,
}: PictureOptions): Promise<{ readonly look: PictureInput; readonly landmarks: PictureInput }> {
  return { look: await readPicture(look), landmarks: await readPicture(landmarks) }
}

async function readPicture(path: string): Promise<PictureInput> {
  return { name: path, bytes: await readWholeFile(path, largestPicture) }
}

import { type Command, Option } from 'commander'
import { MienError } from '../../engine/errors.ts'
import { sharesOf } from '../../engine/likeness/aimed-points.ts'
import { referenceSettings, type Start, starts, usualSteps } from '../../engine/projection/settings.ts'
import { type LikenessAim, likenessAims } from '../../shared/setup.ts'
import { askedSettings } from '../models/asked-settings.ts'
import type { ModelFiles } from '../models/files.ts'
import { withDiscriminator } from '../models/store.ts'
import { resolveSearchModels } from '../models/tuned.ts'
import { type LikenessWish, likenessKinds, type ProjectionOrder } from '../runs/kinds/projection/order.ts'
import { fraction, seedNumber, wholeNumber } from './arguments.ts'
import { type LatentForm, latentFormatOption } from './latent-forms.ts'
import {
  type AlignmentOptions,
  addClassOption,
  addExecutionOptions,
  addModelOptions,
  addPrecisionOption,
  addWeightOptions,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  type ModelOptions,
  modelChoices,
  type PrecisionOptions,
  searchOf,
  type WeightOptions,
  weightingOf,
} from './options.ts'
import { drawsPortraits, requireTunable } from './tunable.ts'

/** All that a projection is asked for, beside its pictures. */
export type ProjectionOptions = ModelOptions &
  ClassOptions &
  ExecutionOptions &
  PrecisionOptions &
  WeightOptions & {
    readonly steps?: number
    readonly seed: number
    readonly space: 'w' | 'w+'
    readonly start?: Start
    readonly startTruncation?: number
    readonly saveVideo?: boolean
    readonly likeness?: 'off' | 'warp' | 'tune'
    readonly likenessAim?: LikenessAim
    readonly pasteBack?: boolean
    readonly latentFormat?: LatentForm
  }

const mostSteps = 1_000_000

/** The flags of a projection, beside those of its pictures. */
export function addProjectionOptions(command: Command): Command {
  addModelOptions(command, true)
  addClassOption(command)
    .option(
      '--steps <n>',
      `steps of the search (default: ${usualSteps}, with --reference ${referenceSettings.steps})`,
      wholeNumber(1, mostSteps),
    )
    .option('--seed <n>', 'seed of the random numbers', seedNumber, referenceSettings.seed)
    .addOption(
      new Option(
        '--space <space>',
        'w: one latent for all layers; w+: one a layer, closer but less of a face',
      )
        .choices(['w', 'w+'])
        .default(referenceSettings.space),
    )
  addWeightOptions(command)
    .addOption(
      new Option(
        '--start <where>',
        "average: the average face, as the reference; nearest: on the way to the look's colours (default: as the model asks for, nearest if it asks for nothing)",
      ).choices(starts),
    )
    .option(
      '--start-truncation <psi>',
      'how far from there towards the face that "mien sample" draws for the seed, 0 to 1 (default: 0)',
      fraction,
    )
  return addPrecisionOption(addExecutionOptions(command))
    .addOption(
      new Option(
        '--likeness <kind>',
        "warp: the result is the look's photograph with the other landmarks; tune: besides, the generator is taught to " +
          'draw the person, which takes one to two minutes more with the embedded pack; off: as the generator draws it (default: warp for ' +
          'photographs with the embedded pack)',
      ).choices(['off', ...likenessKinds]),
    )
    .addOption(
      new Option(
        '--likeness-aim <aim>',
        "where the photograph's landmarks go: where the other picture has them (landmarks), or where the search has " +
          'brought them (result); default: landmarks',
      ).choices(likenessAims),
    )
    .option('--paste-back', 'put the face back into the whole photograph, too: proj_whole.png')
    .option(
      '--save-video',
      'write proj.mp4, a film of the search; where the result is a photograph, what is drawn and the photograph side by side',
    )
    .addOption(latentFormatOption())
}

/** The order of a projection, but for its pictures. Throws MienError 'wrong-use' for what does not go together, 'unreadable-file'. */
export async function projectionOf(
  options: ProjectionOptions & Pick<AlignmentOptions, 'align'>,
): Promise<Omit<ProjectionOrder, 'look' | 'landmarks'>> {
  const models = await resolveSearchModels(modelChoices(options))
  const weighting = weightingOf(options, models)
  const files = await withDiscriminator(models, weighting.weights)
  const { seed, space, startTruncation, precision } = options
  const steps = options.steps ?? (options.reference ? referenceSettings.steps : usualSteps)
  return {
    ...executionOf(options),
    ...(precision && { precision }),
    files,
    settings: {
      ...{ steps, seed, space, ...weighting },
      ...searchOf(options, files),
      ...(options.start && { start: options.start }),
      ...(startTruncation && { startTruncation }),
    },
    film: options.saveVideo === true,
    ...(await likenessOf(options, files, weighting.groupWeights)),
  }
}

/** Whether and how the result becomes a photograph. Throws MienError 'wrong-use' for what does not go together. */
async function likenessOf(
  {
    likeness,
    likenessAim,
    pasteBack = false,
    align,
    reference = false,
  }: ProjectionOptions & Pick<AlignmentOptions, 'align'>,
  files: ModelFiles,
  groupWeights: readonly number[],
): Promise<{ readonly likeness?: LikenessWish }> {
  const asks = likeness === 'warp' || likeness === 'tune'
  if (asks && (reference || !align)) {
    throw new MienError(
      'wrong-use',
      `--likeness ${likeness} does not go with ${reference ? '--reference' : '--no-align'}.`,
      {
        hint: reference
          ? 'The reference has no such thing; leave one of the two out.'
          : 'A photograph is warped by the face that is found in it; leave out --no-align.',
      },
    )
  }
  if (likeness === 'tune') await requireTunable(files, 'Or take --likeness warp.')
  // What a tuned generator draws is the person already.
  const isDrawing = files.tuned === undefined && (await drawsPortraits(files))
  const isWanted = asks || (likeness === undefined && !reference && align && isDrawing)
  if (!isWanted) {
    if (!pasteBack && likenessAim === undefined) return {}
    const flag = pasteBack ? '--paste-back' : '--likeness-aim'
    throw new MienError('wrong-use', `${flag} needs a result that is a photograph.`, {
      hint: 'Add --likeness warp.',
    })
  }
  const asked = askedSettings(files.generator).groupWeights ?? referenceSettings.groupWeights
  const shares = sharesOf(groupWeights, asked)
  return {
    likeness: {
      kind: likeness === 'tune' ? 'tune' : 'warp',
      ofPhotographs: likeness === undefined,
      pasteBack,
      shares,
      aim: likenessAim ?? 'landmarks',
    },
  }
}

import { Command, Option } from 'commander'
import { MienError } from '../../../engine/errors.ts'
import { sharesOf } from '../../../engine/likeness/aimed-points.ts'
import type { LikenessWarning } from '../../../engine/likeness/warped-photograph.ts'
import { referenceSettings, type Start, starts } from '../../../engine/projection/settings.ts'
import { type LikenessAim, likenessAims } from '../../../shared/setup.ts'
import { forkWorker } from '../../engine/fork.ts'
import type { TargetImages } from '../../engine/protocol.ts'
import { askedSettings } from '../../models/asked-settings.ts'
import type { ModelFiles } from '../../models/files.ts'
import { embeddedModel, withDiscriminator } from '../../models/store.ts'
import { resolveSearchModels } from '../../models/tuned.ts'
import { type LikenessWish, likenessKinds } from '../../runs/kinds/projection/order.ts'
import type { ProjectionRun, RunningProjection } from '../../runs/kinds/projection/projection.ts'
import { resumeRun, startRun } from '../../runs/run.ts'
import type { RunEvents } from '../../runs/supervisor.ts'
import { fraction, seedNumber, wholeNumber } from '../arguments.ts'
import type { CommandContext } from '../context.ts'
import { spokenDuration } from '../duration.ts'
import { exitCodes } from '../exit-code.ts'
import { tellChoices } from '../face-lines.ts'
import { onInterrupt } from '../interrupt.ts'
import { type LatentForm, latentFormatOption, writeLatentForm } from '../latent-forms.ts'
import {
  addClassOption,
  addExecutionOptions,
  addModelOptions,
  addPictureOptions,
  addPrecisionOption,
  addWeightOptions,
  askedOf,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  type ModelOptions,
  modelChoices,
  type PictureOptions,
  type PrecisionOptions,
  readPictures,
  type WeightOptions,
  weightingOf,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

type Options = PictureOptions &
  ModelOptions &
  ClassOptions &
  ExecutionOptions &
  PrecisionOptions &
  WeightOptions & {
    readonly out: string
    readonly steps: number
    readonly seed: number
    readonly space: 'w' | 'w+'
    readonly start?: Start
    readonly startTruncation?: number
    readonly saveVideo?: boolean
    readonly likeness?: 'off' | 'warp' | 'tune'
    readonly likenessAim?: LikenessAim
    readonly pasteBack?: boolean
    readonly latentFormat?: LatentForm
    readonly json?: boolean
  }

/** What `--resume` takes, which concerns what is told and written at the end; the run itself keeps all else. */
interface ResumeOptions {
  readonly resume: string
  readonly latentFormat?: LatentForm
  readonly json?: boolean
}

const mostSteps = 1_000_000

/** `mien project`: the main job. */
export function projectCommand(context: CommandContext): Command {
  const command = new Command('project')
    .summary('find the face with the look of one picture and the landmarks of another')
    .description(
      'Searches the latent space of a generator for the face with the look of one picture and the landmarks ' +
        'of another. Ctrl-C stops early and keeps what there is.',
    )
  addPictureOptions(command).requiredOption('--out <folder>', 'folder for the results')
  const needed = command.options.filter(({ mandatory }) => mandatory)
  addModelOptions(command, true)
  addClassOption(command)
    .option('--steps <n>', 'steps of the search', wholeNumber(1, mostSteps), referenceSettings.steps)
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
        "average: the average face, as the reference; nearest: near the look's colours (default: as the model asks for)",
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
          'draw the person, which takes one to two minutes more; off: as the generator draws it (default: warp for ' +
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
    .option('--resume <folder>', 'go on with the run in that folder, which was stopped or killed')
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .on('option:resume', () => {
      for (const option of needed) option.mandatory = false
    })
    .action((options: Options | ResumeOptions) =>
      'resume' in options ? resume(options, command, context) : project(options, context),
    )
}

const help = `
Results in the folder: proj.png, projected_w.npz (key w), noise.npz, start.png,
target_look.png, target_landmarks.png, contact-sheet.png, metrics.ndjson,
run.json, and proj.mp4 with --save-video. Where the result is a photograph,
proj_drawn.png is what the search drew, and with --paste-back proj_whole.png
the whole photograph. With --likeness tune the tuned generator draws proj.png of
projected_w.npz, and the look as it is of own_w.npz; it is
generator_tuned.safetensors, and proj_photograph.png what it was taught.

Photographs are searched for faces and aligned like FFHQ; of several faces the
largest is taken unless --look-face or --landmarks-face say otherwise.

Examples:
  mien project --look me.jpg --landmarks smile.jpg --steps 300 --out result
  mien project --look models/examples/look.png \\
    --landmarks models/examples/landmarks.png --no-align --steps 200 --out result
  mien project --look a.png --landmarks b.png --no-align --space w+ --save-video \\
    --model ffhq.pkl --landmark-model 2DFAN4.pth.tar \\
    --perceptual-model vgg16.pth,lpips.pth --steps 500 --out result
  mien project --resume result`

async function project(options: Options, context: CommandContext): Promise<void> {
  const models = await resolveSearchModels(modelChoices(options))
  const weighting = weightingOf(options, models)
  const files = await withDiscriminator(models, weighting.weights)
  const pictures = await readPictures(options)
  const { steps, seed, space, startTruncation, precision } = options
  const start = options.start ?? askedOf(options, files.generator).start
  const order = {
    ...pictures,
    ...executionOf(options),
    ...(precision && { precision }),
    folder: options.out,
    files,
    settings: {
      ...{ steps, seed, space, ...weighting },
      ...(start && { start }),
      ...(startTruncation && { startTruncation }),
    },
    film: options.saveVideo === true,
    ...(await likenessOf(options, files, weighting.groupWeights)),
  } as const
  const targets = (images: TargetImages) => tellChoices(context.terminal, options, images)
  await follow(options.out, options, context, (events) => startRun(forkWorker, order, { ...events, targets }))
}

/** Whether and how the result becomes a photograph. Throws MienError 'wrong-use' for what does not go together. */
async function likenessOf(
  { likeness, likenessAim, pasteBack = false, align, reference = false }: Options,
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
  if (likeness === 'tune' && !(await drawsPortraits(files))) {
    throw new MienError('wrong-use', 'Only the embedded generator can be tuned so far.', {
      hint: 'Take --likeness warp, or leave out --model.',
    })
  }
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

/** Whether the generator is that of the embedded pack. */
async function drawsPortraits({ generator }: ModelFiles): Promise<boolean> {
  const id = generator[0]?.id
  return id !== undefined && id === (await embeddedModel())?.record.id
}

async function resume(options: ResumeOptions, command: Command, context: CommandContext): Promise<void> {
  const other = command.options.find(
    (option) =>
      !['resume', 'latentFormat', 'json'].includes(option.attributeName()) &&
      command.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (other !== undefined) {
    throw new MienError(
      'wrong-use',
      `--resume goes on with the run as it was; ${other.long} cannot change it.`,
      {
        hint: 'Give --resume alone, or start a new run.',
      },
    )
  }
  await follow(options.resume, options, context, (events) => resumeRun(forkWorker, options.resume, events))
}

/** Shows a projection until it ends; Ctrl-C stops it. */
async function follow(
  out: string,
  { json, latentFormat }: Pick<ResumeOptions, 'json' | 'latentFormat'>,
  context: CommandContext,
  start: (events: RunEvents) => Promise<RunningProjection>,
): Promise<void> {
  const { terminal } = context
  let running: RunningProjection | undefined
  let stopped = false
  const release = onInterrupt(() => {
    terminal.tell('Stopping: keeping what there is. Press Ctrl-C again to end at once.')
    stopped = true
    running?.stop()
  })
  try {
    running = await start(progressDisplay(terminal))
    if (stopped) running.stop()
    const run = await running.finished
    terminal.status(undefined)
    const latentForm = latentFormat && (await writeLatentForm(out, run.outcome.latent, latentFormat))
    if (json) terminal.print(JSON.stringify(jsonOf(out, run, latentForm)))
    else report(terminal, out, run)
    if (run.outcome.stopped) context.exitCode = exitCodes.stopped
  } finally {
    release()
  }
}

function jsonOf(
  out: string,
  { outcome, files, likeness }: ProjectionRun,
  latentForm: string | undefined,
): object {
  const { steps, seconds, provider, precision, stopped, terms, identity } = outcome
  const figures = { final: terms, ...(identity !== undefined && { identity }), ...(likeness && { likeness }) }
  const written = { ...files, ...(latentForm && { latentForm }) }
  return { out, steps, seconds, provider, precision, stopped, ...figures, files: written }
}

/** What a user should know of a warp that shows, and what helps. */
const warningSentences: Readonly<Record<LikenessWarning, string>> = {
  turned:
    'The heads are turned too differently to warp one to the other: choose pictures that look the same way.',
  stretched:
    'Parts of the face are drawn out so far that it shows: let less count, or choose a closer picture.',
  'no-mouth':
    "No picture shows a mouth that is open, or closed, as it is wanted: the look's own was stretched.",
}

function report(terminal: Terminal, out: string, { outcome, files, likeness }: ProjectionRun): void {
  const { stopped, steps, seconds, provider, precision, terms, identity } = outcome
  const how = stopped ? 'Stopped after' : 'Done:'
  const where = precision === 'float16' ? `${provider} in float16` : provider
  terminal.print(
    `${how} ${steps} ${steps === 1 ? 'step' : 'steps'} in ${spokenDuration(seconds)} on ${where}.`,
  )
  terminal.print(`  look distance       ${terms.perceptual.toFixed(4)}`)
  terminal.print(`  landmark distance   ${terms.landmark.toFixed(4)}`)
  terminal.print(`  loss                ${terms.loss.toFixed(4)}`)
  if (identity !== undefined) {
    terminal.print(
      `  identity distance   ${identity.toFixed(2)} (0 is the same; photographs of one person: below 0.6)`,
    )
  }
  if (likeness !== undefined) {
    terminal.print(
      `  ${likeness.kind === 'tune' ? 'tuned     ' : 'photograph'}          ${likeness.identity.toFixed(2)} from the look, drawn out ${likeness.stretch.toFixed(1)} times`,
    )
    for (const warning of likeness.warnings) terminal.tell(warningSentences[warning])
  }
  terminal.print(`Results in ${out}; look at ${files.sheet}.`)
}

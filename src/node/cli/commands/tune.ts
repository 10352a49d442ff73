import { Command } from 'commander'
import { referenceSettings } from '../../../engine/projection/settings.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import { forkWorker } from '../../engine/fork.ts'
import { withDiscriminator } from '../../models/store.ts'
import { resolveSearchModels } from '../../models/tuned.ts'
import { readLatent } from '../../runs/kinds/projection/latent-file.ts'
import { startTuningRun } from '../../runs/tuning-run.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { tellChoice } from '../face-lines.ts'
import { addResumeOption, followRun, type ResumeOptions, resume } from '../follow-run.ts'
import {
  addClassOption,
  addExecutionOptions,
  addModelOptions,
  askedOf,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  faceNumber,
  type ModelOptions,
  modelChoices,
  readTarget,
  weightingOf,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'
import { tellTuning } from '../run-reports.ts'
import { requireTunable } from '../tunable.ts'

type Options = ModelOptions &
  ClassOptions &
  ExecutionOptions & {
    readonly look: string
    readonly lookFace?: number
    readonly lookPoints?: string
    readonly latent?: string
    readonly out: string
    readonly json?: boolean
  }

/** Of the look's square as it is kept to be looked at, in pixels. */
const squareSide = 512

/** `mien tune`: teaches a generator a person. */
export function tuneCommand(context: CommandContext): Command {
  const command = new Command('tune')
    .summary('teach the generator to draw a person')
    .description(
      'Teaches the generator to draw the person of a photograph, and with --latent on the whole way from there to that ' +
        'latent. Ctrl-C stops early and keeps what has been found.',
    )
    .requiredOption('--look <picture>', 'photograph of the person')
    .requiredOption('--out <folder>', 'folder for the results')
  addResumeOption(command)
    .option(
      '--latent <npz>',
      'latent under the key w, as a projected_w.npz, whose pose and expression are taught, too',
    )
    .option(
      '--look-face <n>',
      'face of the photograph: 1 is the largest, as "mien detect" lists them',
      faceNumber,
    )
    .option('--look-points <file>', 'landmarks of the photograph by hand: JSON of 68 [x, y], in pixels')
  addModelOptions(command, true)
  addClassOption(command)
  return addExecutionOptions(command)
    .option('--json', 'print the result as one JSON object')
    .addHelpText('after', help)
    .action((options: Options | ResumeOptions) =>
      'resume' in options ? resume(options, command, context) : tune(options, context),
    )
}

const help = `
Results in the folder: generator_tuned.safetensors, a generator that --model
takes everywhere and "mien export" writes in other forms; proj.png, what it draws
of projected_w.npz, which is the latent that was given, or else the look's own;
own_w.npz, the look's own latent; target_look.png and run.json.

With --latent the photograph is warped for it: its landmarks go as far as they do
from what the generator draws of the look's own latent to what it draws of that.

Examples:
  mien tune --look me.jpg --out me
  mien tune --look me.jpg --latent result/projected_w.npz --out me
  mien tune --resume me`

async function tune(options: Options, context: CommandContext): Promise<void> {
  const { terminal } = context
  const { out: folder, lookFace, lookPoints, json = false } = options
  // It is taught from the beginning, whoever else was taught before.
  const { tuned: _, ...models } = await resolveSearchModels(modelChoices(options))
  await requireTunable(models, 'Or leave out --model.')
  const weighting = weightingOf({}, models)
  const files = await withDiscriminator(models, weighting.weights)
  const { start } = askedOf({}, files.generator)
  const latent = options.latent === undefined ? undefined : await readLatent(options.latent)
  const look = await readTarget(options.look, { face: lookFace, points: lookPoints })
  const parameters = { picture: look, size: squareSide }
  const { image: square, alignment } = await withStoppableEngine(
    (engine) => engine.start('align', parameters, { ...progressDisplay(terminal) }).outcome,
  )
  tellChoice(terminal, options.look, alignment, lookFace !== undefined, '--look-face')
  const { points } = alignment
  if (points === undefined) throw new Error('a face was aligned without its landmarks')
  const order = {
    ...{ folder, look, square, files, alignment: { ...alignment, points } },
    execution: executionOf(options),
    settings: { ...referenceSettings, ...weighting, space: spaceOf(latent), ...(start && { start }) },
    ...(latent && { latent }),
  } as const
  const run = await followRun(context, (events) => startTuningRun(forkWorker, order, events))
  tellTuning(terminal, folder, json, run)
}

/** W where all layers have the same latent. */
function spaceOf(latent: FloatTensor | undefined): 'w' | 'w+' {
  if (latent === undefined) return 'w'
  const wDim = latent.shape[2]!
  return latent.data.every((value, i) => value === latent.data[i % wDim]) ? 'w' : 'w+'
}

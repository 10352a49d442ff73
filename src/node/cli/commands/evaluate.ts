import { dirname } from 'node:path'
import { Command } from 'commander'
import { termNames, termTable } from '../../../engine/projection/terms.ts'
import type { TargetImages } from '../../engine/protocol.ts'
import { npzBytes, readNoise } from '../../host/array-files.ts'
import { requireWritable, writeFileAtomic } from '../../host/files.ts'
import { resolveAllModels, resolveModels, withDiscriminator } from '../../models/store.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { tellChoices } from '../face-lines.ts'
import {
  addClassOption,
  addExecutionOptions,
  addLatentOptions,
  addModelOptions,
  addPictureOptions,
  addWeightOptions,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  type LatentOptions,
  latentOf,
  type ModelOptions,
  modelChoices,
  type PictureOptions,
  readPictures,
  readTarget,
  type WeightOptions,
  weightingOf,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'

type Options = PictureOptions &
  ModelOptions &
  ClassOptions &
  LatentOptions &
  ExecutionOptions &
  WeightOptions & {
    readonly gradients?: string
    readonly weightGradients?: string
    readonly json?: boolean
  }

/** `mien evaluate`: the terms of the objective for a latent, and their gradients. */
export function evaluateCommand(context: CommandContext): Command {
  const command = new Command('evaluate')
    .summary('judge a latent by the look and the landmarks')
    .description('Prints the terms of the objective for a given latent, unweighted, and their weighted sum.')
  addLatentOptions(command)
  addPictureOptions(command)
  const landmarks = command.options.find((option) => option.long === '--landmarks')!
  addModelOptions(command, true)
  addClassOption(command)
  addWeightOptions(command)
  return addExecutionOptions(command)
    .option('--gradients <npz>', 'also write the gradients of the loss: latent and noise/<name>')
    .option(
      '--weight-gradients <npz>',
      "write instead how the generator's weights would bring the picture nearer to the look, whose landmarks are not " +
        'needed: gradient/<name> of the mean square difference, pictures in -1..1',
    )
    .option('--json', 'print the terms as one JSON object')
    .on('option:weight-gradients', () => {
      landmarks.mandatory = false
    })
    .addHelpText(
      'after',
      `
Examples:
  mien evaluate --latent result/projected_w.npz --noise result/noise.npz \\
    --look result/target_look.png --landmarks result/target_landmarks.png \\
    --no-align --json
  mien evaluate --latent result/projected_w.npz --look me.jpg --landmarks family.jpg \\
    --landmarks-face 2`,
    )
    .action((options: Options) =>
      options.weightGradients === undefined
        ? evaluate(options, context)
        : judgeWeights(options, options.weightGradients, context),
    )
}

async function judgeWeights(options: Options, path: string, { terminal }: CommandContext): Promise<void> {
  const { generator } = await resolveModels(modelChoices(options), ['generator'])
  const { align, lookFace: face, lookPoints: points } = options
  const look = await readTarget(options.look, align ? { face, points } : 'none')
  const latent = await latentOf(options)
  const noise = options.noise === undefined ? {} : { noise: await readNoise(options.noise) }
  await requireWritable(dirname(path), 0)
  const parameters = { generator, look, latent, ...noise, execution: executionOf(options) }
  const { loss, gradients } = await withStoppableEngine(
    (engine) => engine.start('weight-gradients', parameters, progressDisplay(terminal)).outcome,
  )
  terminal.status(undefined)
  const named = Object.entries(gradients).map(([name, gradient]) => [`gradient/${name}`, gradient])
  await writeFileAtomic(path, npzBytes(Object.fromEntries(named)))
  if (options.json) return terminal.print(JSON.stringify({ loss }))
  terminal.print(`mean square           ${loss}`)
  terminal.print(`Gradients in ${path}.`)
}

async function evaluate(options: Options, { terminal }: CommandContext): Promise<void> {
  const resolved = await resolveAllModels(modelChoices(options))
  const weighting = weightingOf(options, resolved)
  const models = await withDiscriminator(resolved, weighting.weights)
  const latent = await latentOf(options)
  const noise = options.noise === undefined ? undefined : await readNoise(options.noise)
  const pictures = await readPictures(options)
  if (options.gradients !== undefined) await requireWritable(dirname(options.gradients), 0)
  const parameters = {
    models,
    ...pictures,
    latent,
    ...(noise === undefined ? {} : { noise }),
    weighting,
    gradients: options.gradients !== undefined,
    execution: executionOf(options),
  }
  const events = {
    ...progressDisplay(terminal),
    targets: (targets: TargetImages) => tellChoices(terminal, options, targets),
  }
  const { terms, gradients } = await withStoppableEngine(
    (engine) => engine.start('evaluate', parameters, events).outcome,
  )
  terminal.status(undefined)
  if (options.gradients !== undefined && gradients !== undefined) {
    await writeFileAtomic(options.gradients, npzBytes(gradients))
  }
  if (options.json) return terminal.print(JSON.stringify(terms))
  for (const name of termNames) {
    if (terms[name] !== undefined) terminal.print(`${termTable[name].title.padEnd(21)} ${terms[name]}`)
  }
  terminal.print(`loss                  ${terms.loss}`)
  if (options.gradients !== undefined) terminal.print(`Gradients in ${options.gradients}.`)
}

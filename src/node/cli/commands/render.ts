import { dirname } from 'node:path'
import { Command } from 'commander'
import { readNoise } from '../../host/array-files.ts'
import { requireWritable, writeFileAtomic } from '../../host/files.ts'
import { resolveModels } from '../../models/store.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import {
  addExecutionOptions,
  addLatentOptions,
  addModelOptions,
  type ExecutionOptions,
  executionOf,
  type LatentOptions,
  latentOf,
  type ModelOptions,
  modelChoices,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'

type Options = ModelOptions &
  LatentOptions &
  ExecutionOptions & {
    readonly out: string
    readonly json?: boolean
  }

/** `mien render`: the picture of a latent. */
export function renderCommand(context: CommandContext): Command {
  const command = new Command('render')
    .summary('draw the picture of a latent')
    .description('Draws what a generator makes of a latent, as PNG.')
    .requiredOption('--out <png>', 'picture to write')
  addLatentOptions(command)
  addModelOptions(command, false)
  return addExecutionOptions(command)
    .option('--json', 'print what was written as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien render --latent result/projected_w.npz --noise result/noise.npz \\
    --out face.png`,
    )
    .action((options: Options) => render(options, context))
}

async function render(options: Options, { terminal }: CommandContext): Promise<void> {
  const { generator } = await resolveModels(modelChoices(options), ['generator'])
  const latent = await latentOf(options)
  const noise = options.noise === undefined ? undefined : await readNoise(options.noise)
  await requireWritable(dirname(options.out), 0)
  const parameters = {
    generator,
    latent,
    ...(noise === undefined ? {} : { noise }),
    execution: executionOf(options),
  }
  const { image } = await withStoppableEngine(
    (engine) => engine.start('render', parameters, progressDisplay(terminal)).outcome,
  )
  await writeFileAtomic(options.out, await sharpCodec.encodePng(image))
  terminal.status(undefined)
  const { width, height } = image
  if (options.json) return terminal.print(JSON.stringify({ out: options.out, width, height }))
  terminal.print(`${options.out}: ${width} x ${height} pixels.`)
}

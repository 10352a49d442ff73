import { join } from 'node:path'
import { Command } from 'commander'
import { makeFolder, requireWritable, writeFileAtomic } from '../../host/files.ts'
import { resolveModels } from '../../models/store.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import { realNumber, seedList } from '../arguments.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import {
  addClassOption,
  addExecutionOptions,
  addModelOptions,
  type ClassOptions,
  type ExecutionOptions,
  executionOf,
  type ModelOptions,
  modelChoices,
} from '../options.ts'
import { progressDisplay } from '../progress.ts'

type Options = ModelOptions &
  ClassOptions &
  ExecutionOptions & {
    readonly seeds: readonly number[]
    readonly truncation: number
    readonly out: string
    readonly json?: boolean
  }

/** `mien sample`: pictures of random latents. */
export function sampleCommand(context: CommandContext): Command {
  const command = new Command('sample')
    .summary('draw random faces')
    .description(
      "Draws a picture seedNNNN.png for each seed; the seeds mean the same faces as in NVIDIA's generate.py.",
    )
    .requiredOption('--seeds <list>', 'seeds such as 0-8 or 3,5,10-12', seedList)
    .requiredOption('--out <folder>', 'folder for the pictures')
    .option('--truncation <psi>', '1: all variety; towards 0: nearer to the average face', realNumber, 1)
  addModelOptions(command, false)
  addClassOption(command)
  return addExecutionOptions(command)
    .option('--json', 'print what was written as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien sample --seeds 0-8 --truncation 0.7 --out faces`,
    )
    .action((options: Options) => sample(options, context))
}

async function sample(options: Options, { terminal }: CommandContext): Promise<void> {
  const { seeds, truncation, out } = options
  const { generator } = await resolveModels(modelChoices(options), ['generator'])
  const undo = await makeFolder(out)
  const files: string[] = []
  // Pictures are encoded and written in order, while the next ones are drawn.
  let written = Promise.resolve()
  try {
    await requireWritable(out, 0)
    await withStoppableEngine(async (engine) => {
      const job = engine.start(
        'sample',
        { generator, seeds, truncation, execution: executionOf(options) },
        {
          ...progressDisplay(terminal),
          preview({ step, image }) {
            const seed = seeds[step - 1]!
            const path = join(out, `seed${String(seed).padStart(4, '0')}.png`)
            written = written.then(async () => {
              await writeFileAtomic(path, await sharpCodec.encodePng(image))
              files.push(path)
              terminal.status(`${step}/${seeds.length} pictures`)
            })
            written.catch(() => engine.close())
          },
        },
      )
      await job.outcome.catch(async (error: unknown) => {
        await written
        throw error
      })
      await written
    })
  } catch (error) {
    await undo()
    throw error
  }
  terminal.status(undefined)
  if (options.json) return terminal.print(JSON.stringify({ out, files }))
  terminal.print(`${files.length} ${files.length === 1 ? 'picture' : 'pictures'} in ${out}.`)
}

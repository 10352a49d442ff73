import { Command } from 'commander'
import type { ImportOutcome } from '../../engine/model-messages.ts'
import { exists, makeFolder, requireFile, requireWritable } from '../../host/files.ts'
import { libraryFolder } from '../../host/folders.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { modelLines } from '../model-lines.ts'
import { progressDisplay } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly json?: boolean
}

/** `mien import`: adds a checkpoint to the library. */
export function importCommand(context: CommandContext): Command {
  return new Command('import')
    .summary('add checkpoints to the library')
    .description(
      'Recognises each checkpoint by its content, checks that Mien can run it, converts it once to safetensors, ' +
        'and keeps it in the library under an id. The two halves of a perceptual network become one model. ' +
        'Nothing in a file is ever executed.',
    )
    .argument('<files...>', 'checkpoints; for a perceptual network in two files both, vgg16.pth lpips.pth')
    .option('--json', 'print each model that was imported as one JSON object, on a line of its own')
    .addHelpText(
      'after',
      () => `
What is read:
  generators            StyleGAN2 of NVIDIA (.pkl, also of stylegan3 and PTI), of rosinality,
                        and within encoder4editing, pSp, ReStyle (.pt)
                        differences of tuned ones (.npz), see "mien export"
  landmark networks     FAN of face-alignment (.pth.tar, .pth, TorchScript .zip)
  perceptual networks   vgg16.pth lpips.pth, or both in one TorchScript .pt
  safetensors of the same networks
The library lies in ${libraryFolder()}; MIEN_HOME moves it.

Example:
  mien import ffhq.pkl
  mien project --model ffhq --look a.png --landmarks b.png --no-align \\
    --out result`,
    )
    .action((files: readonly string[], options: Options) => importModels(files, options, context))
}

/** Imports one model after the other; the first that is refused ends it. */
async function importModels(
  named: readonly string[],
  options: Options,
  { terminal }: CommandContext,
): Promise<void> {
  const files = (await Promise.all(named.map(filesNamed))).flat()
  for (const file of files) await requireFile(file)
  const library = libraryFolder()
  const undo = await makeFolder(library)
  try {
    await requireWritable(library, 0)
    await withStoppableEngine(async (engine) => {
      const { stage, notice } = progressDisplay(terminal)
      const { sets } = await engine.start('model-sets', { files }).outcome
      for (const set of sets) {
        const imported = await engine.start('import', { files: set, library }, { stage, notice }).outcome
        terminal.status(undefined)
        await tell(imported, options, terminal)
      }
    })
  } catch (error) {
    await undo()
    throw error
  }
}

/** The file of that name; or those that it lists, as --perceptual-model takes them. */
async function filesNamed(argument: string): Promise<readonly string[]> {
  return (await exists(argument)) ? [argument] : argument.split(',').map((part) => part.trim())
}

async function tell(
  { record, folder, known }: ImportOutcome,
  { json }: Options,
  terminal: Terminal,
): Promise<void> {
  if (json) return terminal.print(JSON.stringify({ ...record, folder, known }))
  terminal.print(known ? `Already in the library as ${record.id}.` : `Imported as ${record.id}.`)
  for (const line of await modelLines({ record, folder, origin: 'imported' })) terminal.print(line)
}

import { Command } from 'commander'
import { exists, makeFolder, requireFile, requireWritable } from '../../files.ts'
import { libraryFolder } from '../../platform-folders.ts'
import { type CommandContext, withStoppableEngine } from '../context.ts'
import { modelLines } from '../model-lines.ts'
import { progressDisplay } from '../progress.ts'

interface Options {
  readonly json?: boolean
}

/** `mien import`: adds a checkpoint to the library. */
export function importCommand(context: CommandContext): Command {
  return new Command('import')
    .summary('add a checkpoint to the library')
    .description(
      'Recognises a checkpoint by its content, checks that Mien can run it, converts it once to safetensors, ' +
        'and keeps it in the library under an id. Nothing in the file is ever executed.',
    )
    .argument('<file>', 'a checkpoint, or vgg16.pth,lpips.pth for a perceptual network in two parts')
    .option('--json', 'print what was imported as one JSON object')
    .addHelpText(
      'after',
      () => `
What is read:
  generators            NVIDIA's network pickles of StyleGAN2 (.pkl)
  landmark networks     FAN of face-alignment (.pth.tar, .pth, TorchScript .zip)
  perceptual networks   vgg16.pth,lpips.pth or both in one TorchScript .pt
  safetensors of the same networks
The library lies in ${libraryFolder()}; MIEN_HOME moves it.

Example:
  mien import ffhq.pkl
  mien project --model ffhq --look a.png --landmarks b.png --no-align \\
    --out result`,
    )
    .action((file: string, options: Options) => importModel(file, options, context))
}

async function importModel(argument: string, options: Options, { terminal }: CommandContext): Promise<void> {
  const files = (await exists(argument)) ? [argument] : argument.split(',').map((part) => part.trim())
  for (const file of files) await requireFile(file)
  const library = libraryFolder()
  const undo = await makeFolder(library)
  try {
    await requireWritable(library, 0)
    const { record, folder, known } = await withStoppableEngine(
      (engine) =>
        engine.start('import', { files, library }, { stage: progressDisplay(terminal).stage }).outcome,
    )
    terminal.status(undefined)
    if (options.json) return terminal.print(JSON.stringify({ ...record, folder, known }))
    terminal.print(known ? `Already in the library as ${record.id}.` : `Imported as ${record.id}.`)
    for (const line of await modelLines({ record, folder, origin: 'imported' })) terminal.print(line)
  } catch (error) {
    await undo()
    throw error
  }
}

import { Command } from 'commander'
import { libraryFolder } from '../../platform-folders.ts'
import { installedModels } from '../../service/model-library.ts'
import type { CommandContext } from '../context.ts'
import { modelLines } from '../model-lines.ts'

interface Options {
  readonly json?: boolean
}

/** `mien models`: what --model takes. */
export function modelsCommand(context: CommandContext): Command {
  return new Command('models')
    .summary('list the embedded pack and the imported models')
    .description('Lists the embedded pack and the models in the library, with size, licence and hash.')
    .option('--json', 'print the list as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien models`,
    )
    .action((options: Options) => models(options, context))
}

async function models(options: Options, { terminal }: CommandContext): Promise<void> {
  const installed = await installedModels()
  if (options.json) {
    const listed = installed.map(({ record, folder, origin }) => ({ ...record, origin, folder }))
    return terminal.print(JSON.stringify({ library: libraryFolder(), models: listed }))
  }
  for (const model of installed) {
    const { id, name, version } = model.record
    terminal.print(
      `${id}${name === id ? '' : `  ${name}`}${version === undefined ? '' : ` ${version}`} (${model.origin})`,
    )
    for (const line of await modelLines(model)) terminal.print(line)
  }
  if (!installed.some(({ origin }) => origin === 'imported')) {
    terminal.print(`The library in ${libraryFolder()} is empty; "mien import FILE" adds a checkpoint.`)
  }
}

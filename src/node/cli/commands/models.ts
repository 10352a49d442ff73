import { Command } from 'commander'
import { libraryFolder } from '../../host/folders.ts'
import { readLibrary } from '../../models/store.ts'
import type { CommandContext } from '../context.ts'
import { modelLines } from '../model-lines.ts'

interface Options {
  readonly json?: boolean
}

/** `mien models`: what --model takes. */
export function modelsCommand(context: CommandContext): Command {
  return new Command('models')
    .summary('list the embedded pack and the imported models')
    .description(
      'Lists the embedded pack and the models in the library, with size, licence and hash; of one that cannot be used, the reason.',
    )
    .option('--json', 'print the list as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien models`,
    )
    .action((options: Options) => list(options, context))
}

async function list(options: Options, { terminal }: CommandContext): Promise<void> {
  const { models, faulty } = await readLibrary()
  if (options.json) {
    const listed = models.map(({ record, folder, origin }) => ({ ...record, origin, folder }))
    const faults = faulty.map(({ id, folder, origin, fault: { code, message, hint = null } }) => ({
      ...{ id, origin, folder },
      ...{ code, message, hint },
    }))
    return terminal.print(JSON.stringify({ library: libraryFolder(), models: listed, faults }))
  }
  for (const model of models) {
    const { id, name, version } = model.record
    terminal.print(
      `${id}${name === id ? '' : `  ${name}`}${version === undefined ? '' : ` ${version}`} (${model.origin})`,
    )
    for (const line of await modelLines(model)) terminal.print(line)
  }
  for (const { id, origin, fault } of faulty) {
    terminal.print(`${id} (${origin}) cannot be used`)
    terminal.print(`  ${fault.message}${fault.hint === undefined ? '' : ` ${fault.hint}`}`)
  }
  if (![...models, ...faulty].some(({ origin }) => origin === 'imported')) {
    terminal.print(`The library in ${libraryFolder()} is empty; "mien import FILE" adds a checkpoint.`)
  }
}

import { Command } from 'commander'
import { licencesOf } from '../../../shared/catalogue.ts'
import { readCatalogue } from '../../downloads/catalogue.ts'
import { downloadsFolder } from '../../downloads/download-set.ts'
import { listPartials } from '../../downloads/partials.ts'
import { dataFolder, libraryFolder } from '../../host/folders.ts'
import { readLibrary } from '../../models/store.ts'
import { readPaces, stepSeconds } from '../../runs/pace.ts'
import type { CommandContext } from '../context.ts'
import { megabytes, modelLines } from '../model-lines.ts'
import { partialLine } from '../partial-downloads.ts'

interface Options {
  readonly available?: boolean
  readonly catalogue?: string
  readonly json?: boolean
}

/** `mien models`: what --model takes. */
export function modelsCommand(context: CommandContext): Command {
  return new Command('models')
    .summary('list the embedded pack and the imported models')
    .description(
      'Lists the embedded pack and the models in the library, with size, licence and hash; of one that cannot be used, the reason.',
    )
    .option(
      '--available',
      'list the sets of models that "mien download" can fetch instead, and what came of files so far; nothing is fetched',
    )
    .option('--catalogue <file>', 'with --available: a catalogue of your own')
    .option('--json', 'print the list as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  mien models`,
    )
    .action((options: Options) => (options.available ? available : list)(options, context))
}

async function available({ catalogue, json }: Options, { terminal }: CommandContext): Promise<void> {
  const { sets } = await readCatalogue(catalogue)
  const downloads = downloadsFolder(dataFolder())
  const partials = await listPartials(downloads)
  const paces = await readPaces(dataFolder())
  if (json) {
    const listed = sets.map((set) => ({
      ...set,
      stepSeconds: stepSeconds(set.needs?.step, paces) ?? null,
    }))
    return terminal.print(JSON.stringify({ sets: listed, downloads, partials }))
  }
  for (const set of sets) {
    const bytes = set.files.reduce((sum, file) => sum + file.bytes, 0)
    terminal.print(`${set.id}  ${set.name}, ${megabytes(bytes)}`)
    for (const file of set.files) {
      const hash = file.sha256 === undefined ? 'no hash published' : `sha256 ${file.sha256}`
      terminal.print(`  ${file.url}, ${file.about ? 'about ' : ''}${megabytes(file.bytes)}, ${hash}`)
    }
    for (const { name, url, use } of licencesOf(set)) {
      terminal.print(`  licence: ${name}, ${url}${use === undefined ? '' : ` ${use}`}`)
    }
    const { memory, step } = set.needs ?? {}
    if (memory !== undefined) terminal.print(`  a search takes ${megabytes(memory)} of memory`)
    const seconds = stepSeconds(step, paces)
    if (seconds !== undefined)
      terminal.print(`  a step takes about ${Number(seconds.toPrecision(2))} s on this machine`)
    if (set.citation !== undefined) terminal.print(`  to be cited: ${set.citation}`)
  }
  for (const partial of partials) terminal.print(partialLine(partial, downloads))
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

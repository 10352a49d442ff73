import { dirname, join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, type Option } from 'commander'
import type { JobRow, RowFault } from '../batch/job-rows.ts'
import { exists } from '../host/files.ts'
import { spokenError } from './commander-sentence.ts'

/** The columns of a table that are no settings. */
export const jobColumns = ['look', 'landmarks', 'name'] as const

/** How the column of a flag is called. */
export function columnOf({ long }: Option): string {
  return long!.replace(/^--/, '')
}

/**
 * What a row of a table gives for the flags of a command, read as they are on a command line. Files that it names are looked for
 * from the folder of the table.
 */
export async function readRowSettings(
  tablePath: string,
  { line, cells }: JobRow,
  options: readonly Option[],
): Promise<{ readonly settings: Readonly<Record<string, unknown>>; readonly faults: readonly RowFault[] }> {
  const settings: Record<string, unknown> = {}
  const faults: RowFault[] = []
  for (const option of options) {
    const column = columnOf(option)
    const cell = cells.get(column)
    if (cell === undefined) continue
    try {
      const text = namesFiles(option) ? await besideTable(tablePath, cell) : cell
      settings[option.attributeName()] = readValue(option, text)
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error
      faults.push({ line, column, message: spokenError(error) })
    }
  }
  return { settings, faults }
}

/** Throws CommanderError with the sentence that the flag has for a wrong value. */
function readValue(option: Option, text: string): unknown {
  if (!option.required) return isOn(text) !== option.negate
  const command = new Command()
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: () => undefined })
    .addOption(option)
    .parse([`${option.long}=${text}`], { from: 'user' })
  return command.getOptionValue(option.attributeName())
}

function isOn(text: string): boolean {
  if (/^(true|yes|1)$/i.test(text)) return true
  if (/^(false|no|0)$/i.test(text)) return false
  throw new InvalidArgumentError('Give true or false.')
}

/** By the placeholder of its value: `<file>`, `<id|file>`. */
function namesFiles({ flags }: Option): boolean {
  return /<(.*\|)?file>/.test(flags)
}

/** The path from where the command runs; ids of models stay, and of two paths with a comma between them both are led there. */
async function besideTable(tablePath: string, text: string): Promise<string> {
  const folder = dirname(tablePath)
  const whole = join(folder, text)
  if (await exists(whole)) return whole
  const parts = text.split(',').map((part) => join(folder, part.trim()))
  return (await Promise.all(parts.map(exists))).every(Boolean) ? parts.join(',') : text
}

import { dirname } from 'node:path'
import * as v from 'valibot'
import type { Parameters, Service } from '../../shared/contract.ts'
import type { Emit } from '../../shared/events.ts'
import { defaultPreferences, type Preferences, preferences } from '../../shared/preferences.ts'
import { makeFolder, readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { asRecord, parseJson } from '../host/json-fields.ts'
import { serial } from '../host/serial.ts'

/** What the user prefers, in a JSON file. */
export function preferenceCommands({
  file,
  emit,
}: {
  readonly file: string
  readonly emit: Emit
}): Pick<Service, 'preferences.get' | 'preferences.set'> {
  const read = async () => parsePreferences((await readTextIfAny(file)) ?? '')
  // Two changes at once must not lose one another.
  const inTurn = serial()

  async function change(changed: Parameters<'preferences.set'>): Promise<Preferences> {
    const given = Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined))
    const now = { ...(await read()), ...given }
    await makeFolder(dirname(file))
    await writeFileAtomic(file, `${JSON.stringify(now, null, 2)}\n`)
    emit('preferences', {})
    return now
  }

  return {
    'preferences.get': read,
    'preferences.set': (changed) => inTurn(() => change(changed)),
  }
}

/** Each field as the text has it, and its default where it is missing or wrong; never throws. */
export function parsePreferences(text: string): Preferences {
  const found = asRecord(parseJson(text)) ?? {}
  const fields = Object.entries(preferences.entries).map(([name, schema]) => {
    const { success, output } = v.safeParse(schema as v.GenericSchema, found[name])
    return [name, success ? output : defaultPreferences[name as keyof Preferences]]
  })
  return Object.fromEntries(fields) as Preferences
}

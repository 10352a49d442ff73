import { join } from 'node:path'
import * as v from 'valibot'
import { sha256 } from '../../engine/fields.ts'
import { readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'

const pinsSchema = v.record(v.string(), sha256)

/** The hashes of files as they first came and were models, by their addresses, where no whole hash was published. */
export type Pins = Readonly<Record<string, string>>

export async function readPins(home: string): Promise<Pins> {
  const { success, output } = v.safeParse(pinsSchema, parseJson((await readTextIfAny(pinsFile(home))) ?? ''))
  return success ? output : {}
}

/** Throws MienError 'unwritable'. */
export async function keepPins(home: string, more: Pins): Promise<void> {
  if (Object.keys(more).length === 0) return
  const pins = { ...(await readPins(home)), ...more }
  await writeFileAtomic(pinsFile(home), `${JSON.stringify(pins, null, 2)}\n`)
}

function pinsFile(home: string): string {
  return join(home, 'pinned-downloads.json')
}

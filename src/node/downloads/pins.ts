import { join } from 'node:path'
import * as v from 'valibot'
import { sha256 } from '../../engine/fields.ts'
import { readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'
import { serial } from '../host/serial.ts'

const pinsSchema = v.record(v.string(), sha256)

/** The hashes of files as they first came, by their addresses, where no whole hash was published. */
export type Pins = Readonly<Record<string, string>>

export async function readPins(home: string): Promise<Pins> {
  const { success, output } = v.safeParse(pinsSchema, parseJson((await readTextIfAny(pinsFile(home))) ?? ''))
  return success ? output : {}
}

// Two files that come at once must not lose the hash of one another.
const inTurn = serial()

/** Throws MienError 'unwritable'. */
export function keepPin(home: string, url: string, hash: string): Promise<void> {
  return inTurn(async () => {
    const pins = { ...(await readPins(home)), [url]: hash }
    await writeFileAtomic(pinsFile(home), `${JSON.stringify(pins, null, 2)}\n`)
  })
}

function pinsFile(home: string): string {
  return join(home, 'pinned-downloads.json')
}

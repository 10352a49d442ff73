import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { type CatalogueSet, type Licence, licencesOf } from '../../shared/catalogue.ts'
import { makeFolder, readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'

const accepted = v.array(v.object({ name: v.string(), url: v.string() }))

/** Those of a set's licences that the user has not accepted on this machine. */
export async function openLicences(home: string, set: CatalogueSet): Promise<readonly Licence[]> {
  const known = await readAccepted(home)
  return licencesOf(set).filter(({ name, url }) => !known.some((one) => one.name === name && one.url === url))
}

/** Keeps that the user accepted the licences of a set. Throws MienError 'unwritable'. */
export async function acceptLicences(home: string, set: CatalogueSet): Promise<void> {
  const more = await openLicences(home, set)
  if (more.length === 0) return
  const kept = [...(await readAccepted(home)), ...more.map(({ name, url }) => ({ name, url }))]
  await makeFolder(home)
  await writeFileAtomic(fileIn(home), `${JSON.stringify(kept, null, 2)}\n`)
}

/** Throws MienError 'download' that names the first licence that was not accepted. */
export async function requireAccepted(home: string, set: CatalogueSet): Promise<void> {
  const [open] = await openLicences(home, set)
  if (open === undefined) return
  throw new MienError('download', `The licence "${open.name}" was not accepted yet.`, {
    name: open.url,
    hint: `Read it at ${open.url}, and accept it.`,
  })
}

async function readAccepted(home: string): Promise<v.InferOutput<typeof accepted>> {
  const { success, output } = v.safeParse(accepted, parseJson((await readTextIfAny(fileIn(home))) ?? ''))
  return success ? output : []
}

function fileIn(home: string): string {
  return join(home, 'accepted-licences.json')
}

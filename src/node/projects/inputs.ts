import { basename, dirname } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { largestFile } from '../../shared/fields.ts'
import type { Picture, Project } from '../../shared/project.ts'
import { codeOf } from '../host/file-faults.ts'
import { makeFolder, readWholeFile, requireSpace, statusOf, writeFileAtomic } from '../host/files.ts'
import { sha256 } from '../host/sha256.ts'
import { inputPath } from './project-paths.ts'

/** Keeps the file of a picture under its SHA-256, which is given back. Throws MienError 'unwritable'. */
export async function addInput(folder: string, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes)
  const path = await inputPath(folder, hash)
  const isThere = await readInput(folder, hash).then(
    () => true,
    () => false,
  )
  if (isThere) return hash
  await makeFolder(dirname(path))
  await requireSpace(folder, 2 * bytes.length)
  await writeFileAtomic(path, bytes)
  return hash
}

/** Throws MienError 'unreadable-file' for a file that is missing, 'bad-file' for one that was changed. */
export async function readInput(folder: string, hash: string): Promise<Uint8Array> {
  const path = await inputPath(folder, hash)
  const bytes = await readWholeFile(path, largestFile).catch((error: unknown) => {
    if (!(error instanceof MienError) || codeOf(error.cause) !== 'ENOENT') throw error
    throw new MienError('unreadable-file', `A picture of "${basename(folder)}" is missing: ${path}.`, {
      file: path,
      hint: 'Put it back, or add the picture anew.',
      cause: error,
    })
  })
  if (sha256(bytes) === hash) return bytes
  throw new MienError('bad-file', `A picture of "${basename(folder)}" was changed or damaged: ${path}.`, {
    file: path,
    hint: 'Put it back from a backup, or add the picture anew.',
  })
}

/** Files of so many bytes together are looked through when a project is opened; larger ones when they are used. */
const lookedThrough = 64 * 2 ** 20

/** A sentence for each picture whose file is missing or is not what it was. */
export async function inputDamage(folder: string, { pictures }: Project): Promise<readonly string[]> {
  const sentences: string[] = []
  let left = lookedThrough
  for (const picture of pictures) {
    left -= picture.bytes
    const wrong = await wrongWithInput(folder, picture, left >= 0)
    if (wrong !== undefined) sentences.push(`The file of the picture "${picture.name}" ${wrong}.`)
  }
  return sentences
}

async function wrongWithInput(folder: string, picture: Picture, whole: boolean): Promise<string | undefined> {
  try {
    const status = await statusOf(await inputPath(folder, picture.sha256))
    if (status === undefined) return 'is missing'
    if (status.size !== picture.bytes) return 'was changed'
    if (whole) await readInput(folder, picture.sha256)
    return undefined
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    return error.code === 'unreadable-file' ? 'cannot be read' : 'was changed'
  }
}

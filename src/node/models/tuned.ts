import { join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { isSafetensors } from '../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../engine/errors.ts'
import { tunedFromArgument } from '../../engine/projection/tuned-network.ts'
import type { ByteSource } from '../../engine/runtime.ts'
import { openFileSource } from '../host/file-source.ts'
import {
  filesInFolder,
  makeFolder,
  readWholeFile,
  removeFile,
  requireWritable,
  writeFileAtomic,
} from '../host/files.ts'
import { asCount, asHash, parseJson } from '../host/json-fields.ts'
import { sha256 } from '../host/sha256.ts'
import type { ModelFile, ModelFiles } from './files.ts'
import { type ModelRecord, modelFormat } from './record.ts'
import {
  type InstalledModel,
  installedModels,
  type ModelChoices,
  modelOfHash,
  resolveAllModels,
} from './store.ts'

/**
 * The networks of a search, as `resolveAllModels`. Where the generator is a tuned one, the search is made in the one that it
 * was tuned from. Throws MienError 'unreadable-file' also where that one is not installed, 'bad-file'.
 */
export async function resolveSearchModels(choices: ModelChoices): Promise<ModelFiles> {
  const files = await resolveAllModels(choices)
  const base = baseOf(files.generator[0]!, await installedModels())
  if (base === undefined) return files
  const models = await resolveAllModels({ ...choices, generator: base.record.id })
  return { ...models, tuned: files.generator }
}

/**
 * The installed model that a generator was tuned from; undefined for one that was not tuned. Throws MienError
 * 'unreadable-file' where that model is not installed, 'bad-file' for a damaged file.
 */
export function baseOf(
  { id, path }: ModelFile,
  installed: readonly InstalledModel[],
): InstalledModel | undefined {
  const record = installed.find((model) => model.record.id === id)?.record
  const from = id === undefined ? tunedFromIn(path) : record?.tunedFrom
  if (from === undefined) return undefined
  const base = modelOfHash(from, installed)
  if (base !== undefined) return base
  throw new MienError(
    'unreadable-file',
    `${record?.name ?? path} was tuned from a generator that is not installed.`,
    { file: path, hint: 'Import that generator first: the search is made in it.' },
  )
}

function tunedFromIn(path: string): string | undefined {
  const source = openFileSource(path)
  try {
    return argumentsOf(source).tunedFrom
  } finally {
    source.close()
  }
}

/** What safetensors keep of a tuned generator beside its tensors. */
function argumentsOf(source: ByteSource): Pick<ModelRecord, 'tunedFrom' | 'resolution'> {
  if (source.size === 0 || !isSafetensors(source)) return {}
  const init = openCheckpoint(source).networks[0]?.init ?? {}
  const tunedFrom = asHash(parseJson(String(init[tunedFromArgument])))
  const resolution = asCount(parseJson(String(init.img_resolution)))
  return { ...(tunedFrom && { tunedFrom }), ...(resolution && { resolution }) }
}

/** Of a generator, in bytes: at 1024 it has 30 million weights. */
const largestGenerator = 2 ** 30

/**
 * Makes a tuned generator a model of the library, in place of the one of that id. Throws MienError 'unreadable-file',
 * 'bad-file', 'unwritable'.
 *
 * @param path of its safetensors
 */
export async function installTuned(
  library: string,
  path: string,
  given: Pick<ModelRecord, 'id' | 'name' | 'project'>,
): Promise<void> {
  const bytes = await readWholeFile(path, largestGenerator)
  const hash = sha256(bytes)
  // A name of its own, so that the record names a whole file at any time.
  const file = `generator-${hash.slice(0, 8)}.safetensors`
  const files = { generator: { file, sha256: hash } }
  const record: ModelRecord = { ...given, files, ...argumentsOf(memorySource(bytes, path)) }
  const folder = join(library, given.id)
  await makeFolder(folder)
  await requireWritable(folder, bytes.length)
  await writeFileAtomic(join(folder, file), bytes)
  const text = JSON.stringify({ format: modelFormat, ...record }, null, 2)
  await writeFileAtomic(join(folder, 'model.json'), `${text}\n`)
  const others = (await filesInFolder(folder)).filter((name) => name !== file && name !== 'model.json')
  for (const other of others) await removeFile(join(folder, other))
}

import { join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { isSafetensors } from '../../engine/checkpoint/safetensors.ts'
import { fromLatin1 } from '../../engine/checkpoint/utf8.ts'
import { MienError } from '../../engine/errors.ts'
import { classesOf } from '../../engine/network/stylegan2/conditional-mapping.ts'
import { originalOfDifference } from '../../engine/projection/generator-difference.ts'
import { originalHash } from '../../engine/projection/tuned-network.ts'
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
import { asCount, parseJson } from '../host/json-fields.ts'
import { sha256 } from '../host/sha256.ts'
import type { ModelFile, ModelFiles } from './files.ts'
import { type ModelRecord, modelFormat } from './record.ts'
import {
  type InstalledModel,
  installedModels,
  type ModelChoices,
  modelOfHash,
  partOf,
  resolveAllModels,
} from './store.ts'

/**
 * The networks of a search, as `resolveAllModels`. Where the generator is a tuned one, the search is made in the one that it
 * was tuned from. Throws MienError 'unreadable-file' also where that one is not installed, 'bad-file'.
 */
export async function resolveSearchModels(choices: ModelChoices): Promise<ModelFiles> {
  const files = await resolveAllModels(choices)
  const original = originalOf(files.generator[0]!, await installedModels())
  if (original === undefined) return files
  const models = await resolveAllModels({ ...choices, generator: original.record.id })
  return { ...models, tuned: files.generator }
}

/**
 * The installed model that a generator was tuned from; undefined for one that was not tuned. Throws MienError
 * 'unreadable-file' where that model is not installed, 'bad-file' for a damaged file.
 */
export function originalOf(
  { id, path }: ModelFile,
  installed: readonly InstalledModel[],
): InstalledModel | undefined {
  const record = installed.find((model) => model.record.id === id)?.record
  const from = id === undefined ? tunedFromIn(path) : record?.tunedFrom
  if (from === undefined) return undefined
  return requireModelOfHash(from, record?.name ?? path, installed)
}

/** The file of the generator of that SHA-256. Throws as `requireModelOfHash` does. */
export async function originalGenerator(hash: string, of: string, library?: string): Promise<ModelFile> {
  const model = requireModelOfHash(hash, of, await installedModels(library))
  return partOf(model, 'generator')![0]!
}

/**
 * As `modelOfHash`. Throws MienError 'unreadable-file' where none of the installed models is it.
 *
 * @param of the name of what was tuned from it
 */
function requireModelOfHash(hash: string, of: string, installed: readonly InstalledModel[]): InstalledModel {
  const model = modelOfHash(hash, installed)
  if (model !== undefined) return model
  throw new MienError(
    'unreadable-file',
    `The generator that ${of} was tuned from is not installed: SHA-256 ${hash}.`,
    { name: hash, hint: 'Import that generator first.' },
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

/** What the file of a tuned generator, whole or a difference, says of it; other forms are not opened. */
function argumentsOf(source: ByteSource): Pick<ModelRecord, 'tunedFrom' | 'resolution' | 'classes'> {
  if (source.size < 2) return {}
  const isArchive = fromLatin1(source.read(0, 2)) === 'PK'
  if (!isArchive && !isSafetensors(source)) return {}
  const [network] = openCheckpoint(source).networks
  if (network === undefined) return {}
  const texts = Object.entries(network.init).map(([name, text]) => [name, parseJson(String(text))])
  const init: Readonly<Record<string, unknown>> = Object.fromEntries(texts)
  const tunedFrom = originalOfDifference(network) ?? originalHash({ init })
  const resolution = asCount(init.img_resolution)
  const classes = classesOf(network.weights)
  return { ...(tunedFrom && { tunedFrom }), ...(resolution && { resolution }), classes }
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

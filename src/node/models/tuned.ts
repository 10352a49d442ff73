import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { isSafetensors } from '../../engine/checkpoint/safetensors.ts'
import { MienError } from '../../engine/errors.ts'
import { tunedFromArgument } from '../../engine/projection/tuned-network.ts'
import { openFileSource } from '../host/file-source.ts'
import { asHash, parseJson } from '../host/json-fields.ts'
import type { ModelFile, ModelFiles } from './files.ts'
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
    if (source.size === 0 || !isSafetensors(source)) return undefined
    const text = openCheckpoint(source).networks[0]?.init[tunedFromArgument]
    return typeof text === 'string' ? asHash(parseJson(text)) : undefined
  } finally {
    source.close()
  }
}

import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { limits } from './limits.ts'
import { PickleDict, PickleList, PickleTuple, type PickleValue } from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'
import type { TensorReader } from './torch-tensor.ts'

/** State dicts may lie this deep in what training scripts save, as in {'models': {'g_ema': …}} or a list of them. */
export const stateDictLevels = 8

/**
 * The networks of what torch.save wrote: every dict, list or tuple that directly holds tensors is one, named by the keys and
 * numbers that lead to it ('' at the top). A single tensor is a network with the tensor under the name ''. Values that are no
 * tensors are passed over. Throws MienError 'unsupported-model' if there is no tensor at all.
 */
export function stateDicts(root: PickleValue, reader: TensorReader): StoredNetwork[] {
  const { budget } = reader
  const single = reader.tensor(root, '')
  const networks = single === undefined ? [] : [network('', new Map([['', single]]))]
  collect(root, '', stateDictLevels, reader, networks)
  if (networks.length === 0) throw noTensors(budget)
  return networks
}

/** The refusal of a sound file without tensors. */
export function noTensors(budget: Budget): Error {
  return refusal('unsupported-model', `The file "${budget.file}" holds no tensor that Mien reads.`, {
    file: budget.file,
  })
}

/** A network without constructor arguments. */
export function network(name: string, weights: Map<string, StoredTensor>): StoredNetwork {
  return { name, weights: withoutWrapper(weights), init: Object.create(null) }
}

/** `prefix.key`; throws MienError 'bad-file' for a name beyond the limit. */
export function joinName(prefix: string, key: string, budget: Budget): string {
  if (prefix.length + key.length >= limits.name) {
    throw refusal(
      'bad-file',
      `The file "${budget.file}" has a tensor with a name too long (${quoted(key)}).`,
      {
        file: budget.file,
        name: key.slice(0, 120),
      },
    )
  }
  return prefix === '' ? key : `${prefix}.${key}`
}

function collect(
  value: PickleValue,
  name: string,
  depth: number,
  reader: TensorReader,
  networks: StoredNetwork[],
): void {
  if (depth === 0) return
  const weights = new Map<string, StoredTensor>()
  const inner: [string, PickleValue][] = []
  for (const [key, item] of entriesOf(value)) {
    reader.budget.charge('visits')
    if (isContainer(item)) inner.push([joinName(name, key, reader.budget), item])
    else {
      const full = joinName('', key, reader.budget)
      const tensor = reader.tensor(item, full)
      if (tensor !== undefined) weights.set(full, tensor)
    }
  }
  if (weights.size > 0) networks.push(network(name, weights))
  for (const [path, container] of inner) collect(container, path, depth - 1, reader, networks)
}

function isContainer(value: PickleValue): value is PickleDict | PickleList | PickleTuple {
  return value instanceof PickleDict || value instanceof PickleList || value instanceof PickleTuple
}

/** What a dict holds under texts, or a list or a tuple by numbers. */
export function* entriesOf(value: PickleValue): Generator<[string, PickleValue]> {
  if (value instanceof PickleDict) {
    for (const [key, item] of value.entries) if (typeof key === 'string') yield [key, item]
  } else if (isContainer(value)) {
    for (const [i, item] of value.items.entries()) yield [String(i), item]
  }
}

/** Removes the 'module.' that DataParallel puts before every name. */
function withoutWrapper(weights: Map<string, StoredTensor>): Map<string, StoredTensor> {
  const prefix = 'module.'
  for (const name of weights.keys()) {
    if (!name.startsWith(prefix)) return weights
  }
  return new Map([...weights].map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

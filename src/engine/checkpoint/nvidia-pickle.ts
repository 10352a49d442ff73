import type { ByteSource } from '../runtime.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { readPickle } from './pickle-machine.ts'
import {
  PickleBytes,
  PickleCall,
  PickleDict,
  PickleList,
  PickleSet,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts'
import { type PlainRecord, plainData, plainRecord } from './plain-data.ts'
import { refusal } from './refusal.ts'
import { joinName, stateDicts } from './state-dict.ts'
import { readLegacyStream } from './torch-legacy.ts'
import type { TorchStorage } from './torch-storage.ts'
import { TensorReader } from './torch-tensor.ts'

const persistence = 'torch_utils.persistence._reconstruct_persistent_obj'
const levels = 32

/**
 * Reads a plain pickle: NVIDIA's of StyleGAN2-ADA and later, a dict of persistent modules (G, D, G_ema), else one of
 * state dicts. A module is `_reconstruct_persistent_obj(meta)`; meta['module_src'] is Python source, which is never
 * looked at, and meta['state'] the attributes of the module. Throws MienError.
 */
export function readNvidiaPickle(source: ByteSource, budget: Budget): StoredNetwork[] {
  const { value, end } = readPickle(source, 0, { grammar: 'nvidia', budget })
  if (end !== source.size) {
    throw refusal('bad-file', `The pickle "${budget.file}" goes on after its end.`, {
      file: budget.file,
      offset: end,
    })
  }
  const reader = new TensorReader(nestedStorages(budget), budget)
  const modules = persistentModules(value)
  if (modules.size === 0) return stateDicts(value, reader)
  return [...modules].map(([name, module]) => {
    const weights = new Map<string, StoredTensor>()
    const modules: PlainRecord = Object.create(null)
    walk(module, '', levels, reader, { weights, modules })
    const init = constructorArguments(module, budget)
    init._modules = modules
    return { name, weights, init }
  })
}

/** The persistent modules at the top, by their keys; a single one has the name ''. */
function persistentModules(root: PickleValue): Map<string, PickleCall> {
  const modules = new Map<string, PickleCall>()
  if (isPersistent(root)) modules.set('', root)
  if (!(root instanceof PickleDict)) return modules
  for (const [key, value] of root.entries) {
    // The pipe that augmented the training pictures is of no use here.
    if (typeof key === 'string' && key !== 'augment_pipe' && isPersistent(value)) modules.set(key, value)
  }
  return modules
}

function isPersistent(value: PickleValue): value is PickleCall {
  return value instanceof PickleCall && value.callee.name === persistence
}

/** The attributes of a module, `meta['state']`, as a dict. */
function attributes(module: PickleCall, name: string, budget: Budget): PickleDict {
  const [meta] = module.args.items
  const state = meta instanceof PickleDict ? meta.entries.get('state') : undefined
  if (!(state instanceof PickleDict)) throw malformed(module, name, budget)
  return state
}

/** Attributes of modules that change what a network computes and that its tensors do not show. */
const telling = ['activation', 'conv_clamp', 'bias_gain']

/**
 * Collects tensors in the order of torch's state_dict: own parameters, own lasting buffers, then the modules inside; and
 * the telling attributes by the names of the modules that have some.
 */
function walk(
  module: PickleCall,
  prefix: string,
  depth: number,
  reader: TensorReader,
  found: { readonly weights: Map<string, StoredTensor>; readonly modules: PlainRecord },
): void {
  const { budget } = reader
  const state = attributes(module, prefix, budget)
  if (depth === 0) throw malformed(module, prefix, budget)
  const told = telling.filter((name) => state.entries.has(name))
  if (told.length > 0) {
    const values: PlainRecord = Object.create(null)
    for (const name of told) values[name] = plainData(state.entries.get(name)!, budget)
    found.modules[prefix] = values
  }
  const fleeting = state.entries.get('_non_persistent_buffers_set')
  const skipped = new Set(fleeting instanceof PickleSet ? fleeting.items : [])
  for (const kind of ['_parameters', '_buffers']) {
    for (const [key, value] of children(state, kind)) {
      budget.charge('visits')
      if (value === null || (kind === '_buffers' && skipped.has(key))) continue
      const name = joinName(prefix, key, budget)
      const tensor = reader.tensor(value, name)
      if (tensor === undefined) throw malformed(module, name, budget)
      found.weights.set(name, tensor)
    }
  }
  for (const [key, value] of children(state, '_modules')) {
    budget.charge('visits')
    if (value === null) continue
    const name = joinName(prefix, key, budget)
    if (!isPersistent(value)) throw malformed(module, name, budget)
    walk(value, name, depth - 1, reader, found)
  }
}

/** The entries of one of the dicts that every torch module has, those with a text for a key. */
function children(state: PickleDict, kind: string): [string, PickleValue][] {
  const dict = state.entries.get(kind)
  if (!(dict instanceof PickleDict)) return []
  return [...dict.entries].filter((entry): entry is [string, PickleValue] => typeof entry[0] === 'string')
}

/** `_init_kwargs` as plain data; positional arguments, which NVIDIA's own scripts never use, under `_args`. */
function constructorArguments(module: PickleCall, budget: Budget): PlainRecord {
  const { entries } = attributes(module, '', budget)
  const named = entries.get('_init_kwargs')
  const init = named instanceof PickleDict ? plainRecord(named, budget) : Object.create(null)
  const positional = entries.get('_init_args')
  const isList = positional instanceof PickleTuple || positional instanceof PickleList
  if (isList && positional.items.length > 0) init._args = plainData(positional, budget)
  return init
}

function malformed(module: PickleCall, name: string, budget: Budget): Error {
  return refusal('bad-file', `The module "${name}" in "${budget.file}" is described in an unknown form.`, {
    file: budget.file,
    offset: module.offset,
    name: module.callee.name,
  })
}

/**
 * Storages of plain pickles: `_load_from_bytes(bytes)`, a legacy stream whose object is the storage itself. The
 * stream is read by torch's list of globals, which has no `_load_from_bytes`, so that nothing nests further.
 */
function nestedStorages(budget: Budget): (record: unknown) => TorchStorage {
  const seen = new Map<PickleCall, TorchStorage>()
  return (record) => {
    const fault = (offset: number) =>
      refusal('bad-file', `A tensor in "${budget.file}" has no storage.`, { file: budget.file, offset })
    if (!(record instanceof PickleCall)) throw fault(0)
    const known = seen.get(record)
    if (known !== undefined) return known
    const [bytes] = record.args.items
    const isStream = record.callee.name === 'torch.storage._load_from_bytes' && bytes instanceof PickleBytes
    if (!isStream) throw fault(record.offset)
    const { value, find } = readLegacyStream(bytes.source, bytes.offset, budget)
    const storage = find(value)
    seen.set(record, storage)
    return storage
  }
}

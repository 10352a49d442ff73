import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import {
  PickleCall,
  PickleDict,
  PickleList,
  PickleSet,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts'
import { type PlainRecord, plainData, plainRecord } from './plain-data.ts'
import { refusal } from './refusal.ts'
import { entriesOf, joinName, stateDictLevels, stateDicts } from './state-dict.ts'
import type { TensorReader } from './torch-tensor.ts'

const persistence = 'torch_utils.persistence._reconstruct_persistent_obj'
const levels = 32

/**
 * The networks of a pickle: NVIDIA's persistent modules, alone or in a dict, else state dicts. A module is
 * `_reconstruct_persistent_obj(meta)`; meta['module_src'] is Python source, which is never looked at, and meta['state'] the
 * attributes of the module. Throws MienError.
 */
export function storedNetworks(value: PickleValue, reader: TensorReader): StoredNetwork[] {
  const found = new Map<string, PickleCall>()
  collectModules(value, '', stateDictLevels, reader.budget, found)
  if (found.size === 0) return stateDicts(value, reader)
  return [...found].map(([name, module]) => {
    const weights = new Map<string, StoredTensor>()
    const modules: PlainRecord = Object.create(null)
    walk(module, '', levels, reader, { weights, modules })
    const init = constructorArguments(module, reader.budget)
    if (Object.keys(modules).length > 0) init._modules = modules
    return { name, weights, init }
  })
}

/** The persistent modules of a value and of the dicts and lists in it, by what leads to them; a single one has the name ''. */
function collectModules(
  value: PickleValue,
  name: string,
  depth: number,
  budget: Budget,
  found: Map<string, PickleCall>,
): void {
  if (isPersistent(value)) found.set(name, value)
  if (depth === 0) return
  for (const [key, item] of entriesOf(value)) {
    budget.charge('visits')
    // The pipe that augmented the training pictures is of no use here.
    if (key !== 'augment_pipe') collectModules(item, joinName(name, key, budget), depth - 1, budget, found)
  }
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
const telling = ['activation', 'conv_clamp', 'bias_gain', 'weight_gain', 'act_gain', 'use_noise']

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

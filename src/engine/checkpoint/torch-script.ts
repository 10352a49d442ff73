import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { PickleCall, PickleDict, PickleTuple, type PickleValue } from './pickle-values.ts'
import { refusal } from './refusal.ts'
import { joinName, network, noTensors } from './state-dict.ts'
import type { TensorReader } from './torch-tensor.ts'
import { readArchivePickle, type TorchArchive } from './torch-zip.ts'

/** Modules nest this deep at the most; an hourglass of four levels needs twelve. */
const levels = 32

/**
 * Reads a TorchScript archive: the parameters and buffers of its modules under dotted names, in the order of the
 * file; then, as the network 'constants', the tensors that tracing froze into the code, numbered, unless all are
 * single numbers. Code is never read. Throws MienError.
 */
export function readTorchScript(archive: TorchArchive): StoredNetwork[] {
  const { budget } = archive
  const { value, reader } = readArchivePickle(archive, 'data.pkl', 'data/', 'torchscript')
  const weights = new Map<string, StoredTensor>()
  walk(value, '', levels, reader, weights)
  const networks = weights.size > 0 ? [network('', weights)] : []
  const constants = readConstants(archive)
  if ([...constants.values()].some(({ shape }) => shape.length > 0))
    networks.push(network('constants', constants))
  if (networks.length === 0) throw noTensors(budget)
  return networks
}

function readConstants(archive: TorchArchive): Map<string, StoredTensor> {
  const constants = new Map<string, StoredTensor>()
  const { value, reader } = readArchivePickle(archive, 'constants.pkl', 'constants/', 'torchscript')
  if (!(value instanceof PickleTuple)) return constants
  for (const [i, item] of value.items.entries()) {
    reader.budget.charge('visits')
    const tensor = reader.tensor(item, `${i}`)
    if (tensor !== undefined) constants.set(`${i}`, tensor)
  }
  return constants
}

/** Collects the tensors of a module: its state is a dict of parameters, buffers, settings and modules. */
function walk(
  value: PickleValue,
  prefix: string,
  depth: number,
  reader: TensorReader,
  weights: Map<string, StoredTensor>,
): void {
  if (!(value instanceof PickleCall) || !(value.state instanceof PickleDict)) return
  if (depth === 0) throw tooDeep(reader.budget, prefix)
  for (const [key, item] of value.state.entries) {
    reader.budget.charge('visits')
    if (typeof key !== 'string' || !(item instanceof PickleCall)) continue
    const name = joinName(prefix, key, reader.budget)
    const tensor = reader.tensor(item, name)
    if (tensor !== undefined) weights.set(name, tensor)
    else walk(item, name, depth - 1, reader, weights)
  }
}

function tooDeep(budget: Budget, name: string): Error {
  return refusal('bad-file', `The modules of "${budget.file}" nest too deeply.`, { file: budget.file, name })
}

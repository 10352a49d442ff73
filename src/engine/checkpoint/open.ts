import type { ByteSource } from '../runtime.ts'
import type { StoredNetwork } from '../weights.ts'
import { Budget } from './budget.ts'
import { foreignKind } from './foreign-kind.ts'
import { isNpy, readNpy } from './npy.ts'
import { isNpz, readNpz } from './npz.ts'
import { readNvidiaPickle } from './nvidia-pickle.ts'
import { quoted, refusal } from './refusal.ts'
import { isSafetensors, readSafetensors } from './safetensors.ts'
import { network, noTensors } from './state-dict.ts'
import { isTorchLegacy, readTorchLegacy } from './torch-legacy.ts'
import { readTorchScript } from './torch-script.ts'
import { readTorchZip, torchFolder } from './torch-zip.ts'
import { fromLatin1 } from './utf8.ts'
import { readZip } from './zip.ts'

/** The kinds of file that hold weights. */
export type CheckpointFormat =
  | 'torch-zip'
  | 'torchscript'
  | 'torch-legacy'
  | 'pickle'
  | 'safetensors'
  | 'npz'
  | 'npy'

/** A file of weights; the tensors are read from its source when they are asked for. */
export interface Checkpoint {
  readonly format: CheckpointFormat
  readonly networks: readonly StoredNetwork[]
}

/**
 * Recognises a file of weights by its content and lists its networks. The source must stay readable for as long as
 * tensors are asked for. Throws MienError: 'forbidden' for a pickle that asks for something outside the allow-list,
 * 'bad-file' for a damaged or unknown file, 'unsupported-model' for a sound one without weights that Mien reads.
 */
export function openCheckpoint(source: ByteSource): Checkpoint {
  const budget = new Budget(source.name, source.size)
  if (source.size === 0) {
    throw refusal('bad-file', `The file "${source.name}" is empty.`, { file: source.name, offset: 0 })
  }
  const head = source.read(0, Math.min(16, source.size))
  const text = fromLatin1(head)
  if (text.startsWith('PK')) return openArchive(source, budget)
  if (isNpy(source)) {
    const array = readNpy(source, '', budget)
    if (array === undefined) throw noTensors(budget)
    return { format: 'npy', networks: [network('', new Map([['', array]]))] }
  }
  if (isTorchLegacy(source)) return { format: 'torch-legacy', networks: readTorchLegacy(source, budget) }
  if (isSafetensors(source)) return { format: 'safetensors', networks: readSafetensors(source, budget) }
  if (isOldTar(source)) {
    throw refusal(
      'unsupported-model',
      `The file "${source.name}" is a tar archive, as torch wrote before 0.1.10.`,
      {
        file: source.name,
        offset: 0,
        hint: 'Load it once in PyTorch and save it again with torch.save, or unpack the archive if it is one of several files.',
      },
    )
  }
  const foreign = foreignKind(source)
  if (foreign !== undefined) {
    throw refusal('bad-file', `The file "${source.name}" is ${foreign.what}.`, {
      file: source.name,
      offset: 0,
      hint: foreign.hint,
    })
  }
  if (isPickle(head)) return { format: 'pickle', networks: readNvidiaPickle(source, budget) }
  throw refusal(
    'bad-file',
    `The file "${source.name}" is of no kind that holds weights (it begins with ${quoted(text.slice(0, 8))}).`,
    {
      file: source.name,
      offset: 0,
      hint: 'Mien reads .pkl, .pth, .pt, .pth.tar of PyTorch, .safetensors, .npz and .npy; if this was a download, something else may have been saved in its place.',
    },
  )
}

/** What checkpoints are called, other than the parts of one: an archive with such a file is one around it. */
const checkpointName = /(?<!(^|\/)(data|constants))\.(pkl|pth|pt|tar|ckpt|safetensors|npz|npy)$/i

function openArchive(source: ByteSource, budget: Budget): Checkpoint {
  const entries = readZip(source)
  if (isNpz(entries)) return { format: 'npz', networks: readNpz(entries, budget) }
  const folder = torchFolder(entries)
  if (folder === undefined) {
    const inside = [...entries.keys()].find((name) => checkpointName.test(name))
    const what = inside === undefined ? 'is no file of torch or NumPy' : `holds ${quoted(inside)} as a file`
    throw refusal('unsupported-model', `The archive "${source.name}" ${what}.`, {
      file: source.name,
      offset: 0,
      hint: 'Unpack the archive, and give the checkpoint that lies in it.',
    })
  }
  const archive = { entries, folder, budget }
  return entries.has(`${folder}constants.pkl`)
    ? { format: 'torchscript', networks: readTorchScript(archive) }
    : { format: 'torch-zip', networks: readTorchZip(archive) }
}

/** Protocols 2 to 5 begin with PROTO; older ones with a mark, a container or a global. */
function isPickle(head: Uint8Array): boolean {
  return (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) || [0x28, 0x7d, 0x5d, 0x63].includes(head[0]!)
}

function isOldTar(source: ByteSource): boolean {
  return source.size >= 512 && fromLatin1(source.read(257, 5)) === 'ustar'
}

import type { StoredNetwork } from '../weights.ts'
import type { Budget } from './budget.ts'
import { limits } from './limits.ts'
import { storedNetworks } from './persistence.ts'
import type { Grammar } from './pickle-globals.ts'
import { readPickle } from './pickle-machine.ts'
import { PersistentId, type PickleValue } from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'
import { storageReference, type TorchStorage } from './torch-storage.ts'
import { TensorReader } from './torch-tensor.ts'
import { fromLatin1 } from './utf8.ts'
import type { ZipEntries, ZipEntry } from './zip.ts'

/** A torch archive: the folder that all entries lie in, with a closing slash. */
export interface TorchArchive {
  readonly entries: ZipEntries
  readonly folder: string
  readonly budget: Budget
}

/** The folder of the one `data.pkl` that lies one level down, or undefined where the archive is none of torch's. */
export function torchFolder(entries: ZipEntries): string | undefined {
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  return pickles.length === 1 ? pickles[0]!.slice(0, -'data.pkl'.length) : undefined
}

/** Reads what torch.save has written since 1.6. Throws MienError. */
export function readTorchZip(archive: TorchArchive): StoredNetwork[] {
  const { value, reader } = readArchivePickle(archive, 'data.pkl', 'data/', 'torch')
  return storedNetworks(value, reader)
}

/** Reads a pickle of the archive whose storages are the entries of `storages`, a folder. Throws MienError. */
export function readArchivePickle(
  archive: TorchArchive,
  name: string,
  storages: string,
  grammar: Grammar,
): { value: PickleValue; reader: TensorReader } {
  const { budget } = archive
  checkByteOrder(archive)
  const entry = requireEntry(archive, name)
  if (entry.size > limits.pickle) {
    throw refusal(
      'bad-file',
      `The archive "${budget.file}" has a pickle of ${entry.size} bytes, too many for weights.`,
      {
        file: budget.file,
        offset: entry.offset,
        name: entry.name,
      },
    )
  }
  const source = entry.open()
  const { value, end } = readPickle(source, 0, { grammar, budget, persistent: true, base: entry.offset })
  if (end !== source.size) {
    throw refusal('bad-file', `The pickle in "${budget.file}" goes on after its end.`, {
      file: budget.file,
      offset: entry.offset + end,
      name: entry.name,
    })
  }
  const found = new Map<string, TorchStorage>()
  const find = (record: unknown): TorchStorage => {
    if (!(record instanceof PersistentId)) {
      throw refusal('bad-file', `A tensor in "${budget.file}" has no storage.`, {
        file: budget.file,
        name: entry.name,
      })
    }
    const { dtype, key, size, window } = storageReference(record, budget)
    const known = found.get(key)
    if (known !== undefined && known.dtype === dtype && known.bytes.size === size) return known
    const data = requireEntry(archive, storages + key)
    if (data.size !== size || window !== undefined) {
      throw refusal(
        'bad-file',
        `The storage ${quoted(key)} of "${budget.file}" is not as large as it says.`,
        {
          file: budget.file,
          offset: record.offset,
          name: data.name,
        },
      )
    }
    const storage = { dtype, bytes: data.open() }
    found.set(key, storage)
    return storage
  }
  return { value, reader: new TensorReader(find, budget) }
}

function requireEntry({ entries, folder, budget }: TorchArchive, name: string): ZipEntry {
  const entry = entries.get(folder + name)
  if (entry === undefined) {
    throw refusal('bad-file', `The archive "${budget.file}" lacks its part ${quoted(name)}.`, {
      file: budget.file,
      name: folder + name.slice(0, 120),
    })
  }
  return entry
}

/** torch writes the order of bytes since 2.1; files before that are little-endian on every common machine. */
function checkByteOrder({ entries, folder, budget }: TorchArchive): void {
  const entry = entries.get(`${folder}byteorder`)
  if (entry === undefined) return
  const order = entry.size <= 16 ? fromLatin1(entry.open().read(0, entry.size)) : ''
  if (order !== 'little') {
    const code = order === 'big' ? 'unsupported-model' : 'bad-file'
    throw refusal(code, `The archive "${budget.file}" was not written on a little-endian machine.`, {
      file: budget.file,
      offset: entry.offset,
      name: entry.name,
    })
  }
}

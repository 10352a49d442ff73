import { crc32 } from '../../src/engine/checkpoint/crc32.ts'
import { concat } from './pickle-assembly.ts'

/** Fields of an entry; those of the local header can be set apart to disagree with the directory. */
export interface EntryFields {
  readonly name: string | Uint8Array
  readonly data: Uint8Array
  readonly flags?: number
  readonly method?: number
  readonly crc?: number
  readonly compressed?: number
  readonly size?: number
  readonly extra?: Uint8Array
  readonly disk?: number
  readonly offset?: number
  readonly local?: Partial<Omit<EntryFields, 'data' | 'local'>> & { readonly signature?: number }
  /** Bytes behind the data: a descriptor, or what must not be there. */
  readonly behind?: Uint8Array
}

export interface EndFields {
  readonly count?: number
  readonly countHere?: number
  readonly size?: number
  readonly offset?: number
  readonly disk?: number
  readonly comment?: Uint8Array
  /** Bytes between the directory and the end record, such as the zip64 records. */
  readonly before?: Uint8Array
}

const text = new TextEncoder()
const rawName = (name: string | Uint8Array) => (typeof name === 'string' ? text.encode(name) : name)

/** Little-endian numbers of the given sizes. */
export function pack(
  ...fields: readonly (readonly [value: number | bigint, bytes: 1 | 2 | 4 | 8])[]
): Uint8Array {
  const out: number[] = []
  for (const [value, bytes] of fields) {
    for (let i = 0; i < bytes; i++)
      out.push(Number((BigInt.asUintN(64, BigInt(value)) >> BigInt(8 * i)) & 255n))
  }
  return Uint8Array.from(out)
}

/** A stored archive, sound unless a field says otherwise. */
export function zip(entries: readonly EntryFields[], end: EndFields = {}): Uint8Array {
  const parts: Uint8Array[] = []
  const rows: Uint8Array[] = []
  let at = 0
  for (const entry of entries) {
    const { flags = 0, method = 0, crc = crc32(entry.data), data, extra = new Uint8Array(0) } = entry
    const { compressed = data.length, size = data.length, disk = 0, offset = at, local = {} } = entry
    const name = rawName(entry.name)
    const localName = rawName(local.name ?? entry.name)
    const localExtra = local.extra ?? new Uint8Array(0)
    const header = pack(
      [local.signature ?? 0x04034b50, 4],
      [20, 2],
      [local.flags ?? flags, 2],
      [local.method ?? method, 2],
      [0, 4],
      [local.crc ?? crc, 4],
      [local.compressed ?? compressed, 4],
      [local.size ?? size, 4],
      [localName.length, 2],
      [localExtra.length, 2],
    )
    const written = [header, localName, localExtra, data, entry.behind ?? new Uint8Array(0)]
    parts.push(...written)
    rows.push(
      pack(
        [0x02014b50, 4],
        [20, 2],
        [20, 2],
        [flags, 2],
        [method, 2],
        [0, 4],
        [crc, 4],
        [compressed, 4],
        [size, 4],
        [name.length, 2],
        [extra.length, 2],
        [0, 2],
        [disk, 2],
        [0, 2],
        [0, 4],
        [offset, 4],
      ),
      name,
      extra,
    )
    at += concat(written).length
  }
  const directory = concat(rows)
  const comment = end.comment ?? new Uint8Array(0)
  const count = end.count ?? entries.length
  return concat([
    ...parts,
    directory,
    end.before ?? new Uint8Array(0),
    pack(
      [0x06054b50, 4],
      [end.disk ?? 0, 2],
      [0, 2],
      [end.countHere ?? count, 2],
      [count, 2],
      [end.size ?? directory.length, 4],
      [end.offset ?? at, 4],
      [comment.length, 2],
    ),
    comment,
  ])
}

import { deflateSync } from 'fflate'
import { crc32 } from '../../src/engine/checkpoint/crc32.ts'
import { concat, int, line, pickle, storage, str, tensor } from './pickle-assembly.ts'
import { type EndFields, type EntryFields, pack, zip } from './zip-assembly.ts'

const data = pickle('EMPTY_DICT', str('w'), tensor(storage('0', 1), [1], [1]), 'SETITEM')
const main: EntryFields = { name: 'a/data.pkl', data }
const weights: EntryFields = { name: 'a/data/0', data: Uint8Array.of(0, 0, 128, 63) }
const version: EntryFields = { name: 'a/version', data: line('3') }
const sound = [main, weights, version]
const text = new TextEncoder()

/** The archive with the fields of its pickle's entry changed. */
const withMain = (fields: Partial<EntryFields>, end?: EndFields) =>
  zip([{ ...main, ...fields }, weights, version], end)
const withWeights = (fields: Partial<EntryFields>) => zip([main, { ...weights, ...fields }, version])
const descriptor = (crc: number, size: number) => pack([0x08074b50, 4], [crc, 4], [size, 4], [size, 4])
const mainCrc = crc32(data)
const streamed = { flags: 8, local: { crc: 0, compressed: 0, size: 0 } }
const bytesOf = (archive: Uint8Array, change: (bytes: Uint8Array) => void) => {
  const copy = archive.slice()
  change(copy)
  return copy
}
const end64 = (
  fields: { count?: number; size?: number; begin?: number; at?: number; disks?: number } = {},
) => {
  const plain = zip(sound)
  const view = new DataView(plain.buffer)
  const size = view.getUint32(plain.length - 10, true)
  const begin = view.getUint32(plain.length - 6, true)
  const count = fields.count ?? 3
  return concat([
    pack([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4], [count, 8], [count, 8]),
    pack([fields.size ?? size, 8], [fields.begin ?? begin, 8]),
    pack([0x07064b50, 4], [0, 4], [fields.at ?? begin + size, 8], [fields.disks ?? 1, 4]),
  ])
}

/** Archives that are read: what real writers make. */
export const soundZips: Readonly<Record<string, Uint8Array>> = {
  plain: zip(sound),
  'with a comment': zip(sound, { comment: text.encode('made by a writer') }),
  'with data descriptors': withMain({ ...streamed, behind: descriptor(mainCrc, data.length) }),
  'with descriptors without signature': withMain({
    ...streamed,
    behind: descriptor(mainCrc, data.length).slice(4),
  }),
  'with padding in extra fields': withMain({ local: { extra: pack([0x4246, 2], [6, 2], [0, 4], [0, 2]) } }),
  'with zip64 records': zip(sound, { before: end64() }),
  'with sizes in a zip64 field': withMain({
    compressed: 0xffffffff,
    size: 0xffffffff,
    extra: pack([1, 2], [16, 2], [data.length, 8], [data.length, 8]),
    local: { extra: pack([1, 2], [16, 2], [data.length, 8], [data.length, 8]) },
  }),
  'with a deflated pickle': withMain({ data: deflateSync(data), method: 8, crc: mainCrc, size: data.length }),
  'in another order': zip([version, weights, main]),
}

/** Each malformed archive and the sentence that it must be refused with ('bad-file' throughout). */
export const malformedZips: Readonly<Record<string, readonly [file: Uint8Array, message: RegExp]>> = {
  'only the first two bytes': [text.encode('PK'), /no end record/],
  'no end record': [zip(sound).subarray(0, -22), /no end record/],
  'end record cut short': [zip(sound).subarray(0, -1), /no end record/],
  'data behind the end': [concat([zip(sound), text.encode('x')]), /no end record/],
  'a pickle behind the end': [concat([zip(sound), data]), /no end record/],
  'two end records': [zip(sound, { comment: zip([]) }), /two end records/],
  'an archive behind an archive': [concat([zip(sound), zip(sound)]), /directory that does not end/],
  'data before the archive': [
    concat([text.encode('PK\n#!/bin/sh\n'), zip(sound)]),
    /directory that does not end/,
  ],
  'data before, offsets corrected': [prefixed(), /hides data/],
  'several disks': [zip(sound, { disk: 1 }), /one part of several/],
  'an entry on another disk': [withMain({ disk: 1 }), /one part of several/],
  'two counts': [zip(sound, { countHere: 2 }), /two counts/],
  'a count too high': [zip(sound, { count: 4 }), /ends before its data/],
  'a count too low': [zip(sound, { count: 2 }), /more entries than it counts/],
  'a directory size too small': [zip(sound, { size: 10 }), /directory that does not end/],
  'a directory size too large': [zip(sound, { size: 2 ** 31 }), /directory that does not end/],
  'a directory offset outside': [zip(sound, { offset: 2 ** 31 }), /directory that does not end/],
  'a row without signature': [
    bytesOf(zip(sound), (b) => {
      b[new DataView(b.buffer).getUint32(b.length - 6, true)] = 0
    }),
    /damaged directory/,
  ],
  'hidden bytes before the end': [
    zip(sound, { before: text.encode('hidden') }),
    /directory that does not end/,
  ],
  'an entry twice': [zip([main, main, weights]), /has an entry twice/],
  'an entry twice with other content': [
    zip([main, { ...main, data: pickle('NONE') }, weights]),
    /has an entry twice/,
  ],
  'two rows for one entry': [zip([main, { ...weights, offset: 0 }, version]), /two names|disagrees/],
  'a row to the middle of an entry': [withWeights({ offset: 4 }), /without a header/],
  'a row far outside': [withWeights({ offset: 2 ** 31 }), /ends before its data/],
  'overlapping entries': [overlapping(), /overlap|hides data/],
  'hidden data between entries': [withMain({ behind: text.encode('hidden') }), /hides data between/],
  'a hidden entry': [hiddenEntry(), /hides data/],
  'a local header without signature': [withMain({ local: { signature: 0x05034b50 } }), /without a header/],
  'another local name': [withMain({ local: { name: 'b/data.pkl' } }), /two names/],
  'a longer local name': [withMain({ local: { name: 'a/data.pkl.py' } }), /two names/],
  'another local method': [withMain({ local: { method: 8 } }), /disagrees/],
  'another local size': [withMain({ local: { size: 1 } }), /disagrees/],
  'another local compressed size': [withMain({ local: { compressed: 1 } }), /disagrees/],
  'another local checksum': [withMain({ local: { crc: 1 } }), /disagrees/],
  'other local flags': [withMain({ local: { flags: 2 } }), /disagrees/],
  'encryption in both headers': [withMain({ flags: 1 }), /encrypted/],
  'encryption in the directory only': [withMain({ flags: 1, local: { flags: 0 } }), /encrypted/],
  'encryption in the local header only': [withMain({ local: { flags: 1 } }), /disagrees/],
  'strong encryption': [withMain({ flags: 0x40 }), /encrypted/],
  'masked headers': [withMain({ flags: 0x2000 }), /encrypted/],
  'patched data': [withMain({ flags: 0x20 }), /feature/],
  'an unknown compression': [withMain({ method: 93 }), /compression/],
  'compression by deflate64': [withMain({ method: 9 }), /compression/],
  'two sizes of a stored entry': [withMain({ size: 1000 }), /two sizes/],
  'a stored entry that is cut short': [
    withWeights({ compressed: 1000, size: 1000 }),
    /cut short|hides|overlap|not as large/,
  ],
  'a checksum that is wrong': [withMain({ crc: 1 }), /checksum/],
  'a checksum of a storage that is wrong': [withWeights({ crc: 1 }), /checksum/],
  'an entry that is called deflated and is not': [withMain({ method: 8 }), /inflate|smaller|larger|checksum/],
  'a deflated entry that is cut short': [
    withMain({ data: deflateSync(data).subarray(0, 20), method: 8, crc: mainCrc, size: data.length }),
    /inflate|smaller/,
  ],
  'a deflated entry larger than it says': [
    withMain({ data: deflateSync(data), method: 8, crc: mainCrc, size: data.length - 1 }),
    /larger/,
  ],
  'a deflated entry smaller than it says': [
    withMain({ data: deflateSync(data), method: 8, crc: mainCrc, size: data.length + 1 }),
    /smaller/,
  ],
  'a descriptor of another checksum': [
    withMain({ ...streamed, behind: descriptor(1, data.length) }),
    /descriptor/,
  ],
  'a descriptor of another size': [withMain({ ...streamed, behind: descriptor(mainCrc, 1) }), /descriptor/],
  'no descriptor': [withMain(streamed), /descriptor/],
  'a descriptor of odd length': [withMain({ ...streamed, behind: new Uint8Array(13) }), /descriptor/],
  'an extra field cut short': [withMain({ extra: pack([1, 2], [16, 2], [0, 4]) }), /extra/],
  'an extra field with loose bytes': [withMain({ extra: Uint8Array.of(1, 2, 3) }), /extra/],
  'two zip64 fields': [withMain({ extra: pack([1, 2], [0, 2], [1, 2], [0, 2]) }), /two zip64/],
  'a zip64 size that is missing': [withMain({ size: 0xffffffff, compressed: 0xffffffff }), /64 bits/],
  'a zip64 size of 2^63': [
    withMain({
      size: 0xffffffff,
      compressed: 0xffffffff,
      extra: pack([1, 2], [16, 2], [2n ** 63n, 8], [2n ** 63n, 8]),
    }),
    /64 bits/,
  ],
  'a zip64 end record that disagrees': [zip(sound, { before: end64({ count: 2 }) }), /disagree/],
  'a zip64 end record of another place': [zip(sound, { before: end64({ begin: 0 }) }), /disagree/],
  'a zip64 locator that points elsewhere': [zip(sound, { before: end64({ at: 0 }) }), /not where/],
  'a zip64 locator of several disks': [zip(sound, { before: end64({ disks: 2 }) }), /one part of several/],
  'a name that climbs': [withMain({ name: 'a/../../data.pkl' }), /forbidden name/],
  'an absolute name': [withMain({ name: '/a/data.pkl' }), /forbidden name/],
  'a name with a drive': [withMain({ name: 'C:/data.pkl' }), /forbidden name/],
  'a name with a backslash': [withMain({ name: 'a\\data.pkl' }), /forbidden name/],
  'a name with NUL': [withMain({ name: 'a/data.pkl\0.txt' }), /forbidden name/],
  'a name with a line feed': [withMain({ name: 'a/data\n.pkl' }), /forbidden name/],
  'an empty name': [withMain({ name: '' }), /forbidden name/],
  'a name that is not UTF-8': [withMain({ name: Uint8Array.of(0x61, 0xff, 0xfe) }), /not UTF-8/],
  'a folder with content': [zip([...sound, { name: 'a/extra/', data: line('x') }]), /folder with content/],
  'a storage that is missing': [zip([main, version]), /lacks its part/],
  'a storage of another size': [withWeights({ data: new Uint8Array(8) }), /not as large/],
  'a big-endian archive of nonsense': [
    zip([...sound, { name: 'a/byteorder', data: line('odd') }]),
    /little-endian/,
  ],
  'a pickle that goes on': [withMain({ data: concat([data, pickle(int(1))]) }), /goes on/],
}

/** An archive behind a prefix, all offsets moved, so that lenient readers find nothing odd. */
function prefixed(): Uint8Array {
  const prefix = text.encode('PK\n#!/bin/sh\n')
  const offsets = offsetsOf(sound).map((at) => at + prefix.length)
  const moved = sound.map((entry, i) => ({ ...entry, offset: offsets[i]! }))
  const last = offsets.at(-1)! + sizeOf(sound.at(-1)!)
  return concat([prefix, zip(moved, { offset: last })])
}

function sizeOf({ name, data }: EntryFields): number {
  return 30 + name.length + data.length
}

function offsetsOf(entries: readonly EntryFields[]): number[] {
  let at = 0
  return entries.map((entry) => {
    const begin = at
    at += sizeOf(entry)
    return begin
  })
}

/** An entry whose data hold the header and data of another entry. */
function overlapping(): Uint8Array {
  const inner = zip([weights]).subarray(0, sizeOf(weights))
  const outer: EntryFields = { name: 'a/outer', data: inner }
  const [, , at] = offsetsOf([main, version, outer])
  return zip([main, version, outer, { ...weights, offset: at! + 30 + outer.name.length }])
}

/** A local entry that no row names. */
function hiddenEntry(): Uint8Array {
  return withMain({ behind: zip([{ name: 'a/hidden.py', data: line('import os') }]).subarray(0, 50) })
}

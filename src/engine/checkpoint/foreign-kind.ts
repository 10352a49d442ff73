import type { ByteSource } from '../runtime.ts'
import { fromLatin1 } from './utf8.ts'

/** A kind of file that is found in the place of a checkpoint: what it is, and what to do. */
export interface ForeignKind {
  readonly what: string
  readonly hint: string
}

const unpack = 'Unpack it, and give the checkpoint that lies in it.'
const fetchAgain =
  'Fetch the file again: open its address in a browser, and confirm or sign in where the page asks for it.'
const exported = 'Give the checkpoint of PyTorch that it was made from.'

/** By what such files begin with, as Latin-1; white space and the mark of UTF-8 before it, and capitals, do not count. */
const kinds: readonly (ForeignKind & { readonly begins: readonly string[] })[] = [
  {
    begins: ['version https://git-lfs'],
    what: 'a pointer of Git LFS, which stands for a file that was not fetched',
    hint: 'Fetch the file itself with "git lfs pull", or from its page with a browser.',
  },
  { begins: ['<!doctype', '<html', '<head', '<body', '<?xml', '<!--'], what: 'a web page', hint: fetchAgain },
  { begins: ['{"error"', '{"message"', '{"detail"'], what: 'an answer of a server', hint: fetchAgain },
  { begins: ['\x1f\x8b'], what: 'packed (gzip)', hint: unpack },
  { begins: ['BZh'], what: 'packed (bzip2)', hint: unpack },
  { begins: ['\xfd7zXZ\0'], what: 'packed (xz)', hint: unpack },
  { begins: ['\x28\xb5\x2f\xfd'], what: 'packed (Zstandard)', hint: unpack },
  { begins: ['7z\xbc\xaf\x27\x1c'], what: 'packed (7-Zip)', hint: unpack },
  { begins: ['Rar!\x1a\x07'], what: 'packed (RAR)', hint: unpack },
  { begins: ['\x89HDF\r\n\x1a\n'], what: 'a file of HDF5, as Keras writes them', hint: exported },
  { begins: ['GGUF'], what: 'a file of GGUF', hint: exported },
]

/** What the file is where it is none with weights and of a kind that is known; undefined for any other. */
export function foreignKind(source: ByteSource): ForeignKind | undefined {
  const head = fromLatin1(source.read(0, Math.min(source.size, 64)))
  const text = head
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase()
  return kinds.find(({ begins }) => begins.some((beginning) => text.startsWith(beginning.toLowerCase())))
}

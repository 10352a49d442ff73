/**
 * What one checkpoint may cost, charged before the work is done. The largest checkpoints that Mien reads
 * (StyleGAN2 at 1024, a four-module FAN) need about a tenth of each figure; at the limit all of it together
 * stays under 128 MiB and one second.
 */
export const limits = {
  /** Opcodes of all pickles of a file, the nested ones included. */
  opcodes: 2_000_000,
  /** Values on the stack of one pickle. */
  stack: 200_000,
  /** Open MARKs of one pickle. */
  marks: 256,
  /** Memo entries of all pickles of a file. */
  memo: 300_000,
  /** Lists, dicts, sets, tuples and records of all pickles of a file. */
  containers: 200_000,
  /** How deep containers nest. A StyleGAN2 generator nests 33 deep. */
  depth: 64,
  /** Bytes of one string of a pickle; the longest honest ones are sources of about 100 KiB. */
  string: 8 * 2 ** 20,
  /** Bytes of all strings and integers of a file. */
  strings: 16 * 2 ** 20,
  /** Bytes of one integer: torch's magic number has ten, a seed of NumPy seventeen. */
  long: 64,
  /** Characters of a line of a text opcode that holds a number or a global's name. */
  line: 1024,
  /** Steps of the passes that interpret what the pickle machine built. */
  visits: 500_000,
  /** Tensors of a file. */
  tensors: 100_000,
  /** Characters of a tensor's full name. */
  name: 1000,
  /** Dimensions of a tensor. */
  dimensions: 16,
  /** Bytes of the pickle of a torch archive. */
  pickle: 64 * 2 ** 20,
  /** Bytes that views may add to the tensors of a file over its own size: strides of 0 repeat elements. */
  expansion: 64 * 2 ** 20,
  /** Entries of a zip archive and bytes of its central directory. */
  entries: 100_000,
  directory: 16 * 2 ** 20,
  /** Uncompressed over compressed size of a zip entry larger than `inflated`. */
  ratio: 200,
  /** Bytes up to which an entry may have any ratio: zeros shrink a thousandfold. */
  inflated: 2 ** 20,
  /** Bytes of the JSON header of a safetensors file and of the header of an npy file. */
  json: 2 * 2 ** 20,
  npyHeader: 64 * 2 ** 10,
} as const

/** The limits that are used up step by step. */
export type Charge = 'opcodes' | 'memo' | 'containers' | 'strings' | 'visits' | 'tensors'

import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { MienError } from '../../src/engine/errors.ts'

/** What came of reading a file: the code of a typed error, or every tensor's bytes in one text. */
export type Outcome = { readonly code: string } | { readonly content: string }

/** Reads all tensors; errors of other kinds than MienError go through. */
export function outcomeOf(file: Uint8Array): Outcome {
  try {
    const { format, networks } = openCheckpoint(memorySource(file, 'file'))
    const tensors = networks.flatMap(({ name, weights }) =>
      [...weights].map(([key, stored]) => {
        const { dtype, shape, data } = stored.read()
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        return `${name}|${key}|${dtype}|${shape}|${Buffer.from(bytes).toString('latin1')}`
      }),
    )
    return { content: [format, ...tensors].join('\n') }
  } catch (error) {
    if (error instanceof MienError) return { code: error.code }
    throw error
  }
}

import { expect } from 'vitest'

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

/**
 * Arrays of one type with the same bytes are equal at once: element by element, a picture of a megapixel takes ten seconds.
 * Of all else nothing is said here.
 */
function areEqualBytes(a: unknown, b: unknown): true | undefined {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b) || a.constructor !== b.constructor) return undefined
  return bytesOf(a).equals(bytesOf(b)) ? true : undefined
}

expect.addEqualityTesters([areEqualBytes])

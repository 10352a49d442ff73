import { MienError } from '../engine/errors.ts'
import { largestFile } from './fields.ts'

/*
 * A message between window and service: 4 bytes with the length of its JSON (little-endian), the JSON
 * { lengths, value }, then the arrays in turn. In `value` a Uint8Array stands as the string "\0" and its number; strings
 * that begin with "\0" get one more of them.
 */

const mark = '\0'
const headerBytes = 4
/** Deeper than any parameter or result, and far from the end of the stack. */
const deepest = 64
const mostArrays = 10_000
const largestJson = 32 * 2 ** 20
/** The largest message, in bytes: the largest file and what belongs to it. */
export const largestMessage = largestFile + largestJson

/** Writes plain data (JSON, and Uint8Arrays anywhere in it) as one message. */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  const arrays: Uint8Array[] = []
  const marked = replaceLeaves(value, (leaf) => {
    if (leaf instanceof Uint8Array) return `${mark}${arrays.push(leaf) - 1}`
    return typeof leaf === 'string' && leaf.startsWith(mark) ? mark + leaf : leaf
  })
  const lengths = arrays.map((array) => array.byteLength)
  const json = new TextEncoder().encode(JSON.stringify({ lengths, value: marked }))
  const message = new Uint8Array(
    headerBytes + json.byteLength + lengths.reduce((sum, length) => sum + length, 0),
  )
  new DataView(message.buffer).setUint32(0, json.byteLength, true)
  message.set(json, headerBytes)
  let at = headerBytes + json.byteLength
  for (const array of arrays) {
    message.set(array, at)
    at += array.byteLength
  }
  return message
}

/**
 * Reads a message; the arrays are views of it. Lengths are held against the message before anything is made of them.
 *
 * @throws MienError 'wrong-use' where it is not a whole message, is nested too deeply, or names a prototype.
 */
export function decode(message: Uint8Array): unknown {
  if (message.byteLength < headerBytes || message.byteLength > largestMessage) throw damaged('its size')
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength)
  const start = headerBytes + view.getUint32(0, true)
  if (start > message.byteLength || start > headerBytes + largestJson) throw damaged('its length')
  const { lengths, value } = envelope(message.subarray(headerBytes, start))
  let at = start
  const arrays = lengths.map((length) => {
    at += length
    return message.subarray(at - length, at)
  })
  if (at !== message.byteLength) throw damaged('its arrays')
  return replaceLeaves(value, (leaf) => {
    if (typeof leaf !== 'string' || !leaf.startsWith(mark)) return leaf
    if (leaf.startsWith(mark + mark)) return leaf.slice(1)
    const array = /^\d+$/.test(leaf.slice(1)) ? arrays[Number(leaf.slice(1))] : undefined
    if (array === undefined) throw damaged('a reference')
    return array
  })
}

interface Envelope {
  readonly lengths: readonly number[]
  readonly value: unknown
}

function envelope(json: Uint8Array): Envelope {
  let read: unknown
  try {
    read = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json))
  } catch {
    throw damaged('its JSON')
  }
  const { lengths, value } = (read ?? {}) as Partial<Envelope>
  const sound = (length: unknown) => Number.isSafeInteger(length) && (length as number) >= 0
  if (!Array.isArray(lengths) || lengths.length > mostArrays || !lengths.every(sound))
    throw damaged('its lengths')
  return { lengths, value }
}

/** The same data with other leaves: strings, numbers, and arrays of bytes. */
function replaceLeaves(value: unknown, replace: (leaf: unknown) => unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return replace(value)
  if (depth === deepest) throw damaged('its depth')
  if (Array.isArray(value)) return value.map((item) => replaceLeaves(item, replace, depth + 1))
  const made: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') throw damaged('a name')
    made[key] = replaceLeaves(item, replace, depth + 1)
  }
  return made
}

function damaged(what: string): MienError {
  return new MienError('wrong-use', `A message between window and service is damaged: ${what}.`)
}

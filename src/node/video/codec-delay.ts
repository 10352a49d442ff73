import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import type { ByteSource } from '../../engine/runtime.ts'

/** Ids of elements (RFC 9559, section 27.1). */
const [segmentId, clusterId, tracksId, entryId] = [0x18538067, 0x1f43b675, 0x1654ae6b, 0xae]
const [numberId, delayId, seekPreRollId] = [0xd7, 0x56aa, 0x56bb]

/** Of one level that are gone through; files have some dozens at most before their first frames. */
const mostElements = 10_000

interface Element {
  readonly id: number
  /** Where it begins in the file. */
  readonly at: number
  /** Of its content in the file. */
  readonly from: number
  readonly to: number
}

/**
 * Seconds of what a track decodes to that lie before what is heard. In Matroska times count from before them (RFC 9559, section
 * 5.1.4.1.28, CodecDelay). Undefined where the file does not say.
 *
 * @param file a Matroska or WebM file
 * @param number of the track
 */
export function codecDelayIn(file: ByteSource, number: number): number | undefined {
  for (const entry of trackEntries(file)) {
    if (wholeNumberIn(file, child(file, entry, numberId)) !== number) continue
    const nanoseconds = wholeNumberIn(file, child(file, entry, delayId))
    return nanoseconds === undefined ? undefined : nanoseconds / 1e9
  }
  return undefined
}

/**
 * What mediabunny writes at the beginning of a WebM, with the delay of Opus under its name: the library calls it SeekPreRoll, so that
 * players would not take it from the times. Other pieces are given back as they are.
 */
export function withCodecDelay(piece: Uint8Array): Uint8Array {
  const written = piece.slice()
  if (piece.length < 4 || new DataView(written.buffer).getUint32(0) !== segmentId) return piece
  const file = memorySource(written, 'WebM')
  for (const entry of trackEntries(file)) {
    const found = child(file, entry, seekPreRollId)
    if (found !== undefined) new DataView(written.buffer).setUint16(found.at, delayId)
  }
  return written
}

function* trackEntries(file: ByteSource): Generator<Element> {
  const segment = child(file, { id: 0, at: 0, from: 0, to: file.size }, segmentId)
  const tracks = segment && child(file, segment, tracksId)
  if (tracks === undefined) return
  for (const element of children(file, tracks)) if (element.id === entryId) yield element
}

function child(file: ByteSource, parent: Element, id: number): Element | undefined {
  for (const element of children(file, parent)) {
    if (element.id === id) return element
    // What describes the tracks lies before the first frames.
    if (element.id === clusterId) return undefined
  }
  return undefined
}

/** The elements within another one; what a cut file lacks of them is left away (RFC 8794, sections 4 to 6). */
function* children(file: ByteSource, { from, to }: Element): Generator<Element> {
  for (let at = from, seen = 0; at < to && seen < mostElements; seen++) {
    const head = file.read(at, Math.min(12, to - at))
    const idLength = lengthOf(head[0]!)
    const sizeLength = lengthOf(head[idLength] ?? 0)
    if (idLength > 4 || sizeLength > 8 || idLength + sizeLength > head.length) return
    const id = numberIn(head.subarray(0, idLength))
    const marked = head.slice(idLength, idLength + sizeLength)
    marked[0]! &= 0xff >> sizeLength
    const size = numberIn(marked)
    const start = at + idLength + sizeLength
    // Bits that are all set stand for a size that was not known.
    const end = size === 2 ** (7 * sizeLength) - 1 ? to : Math.min(to, start + size)
    yield { id, at, from: start, to: end }
    at = end
  }
}

/** Bytes of a number with its length in front: one more than there are zeros before its first bit. */
function lengthOf(first: number): number {
  return Math.clz32(first) - 23
}

function wholeNumberIn(file: ByteSource, element: Element | undefined): number | undefined {
  if (element === undefined || element.to - element.from > 8) return undefined
  return numberIn(file.read(element.from, element.to - element.from))
}

function numberIn(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0)
}

import type { ByteSource } from '../../engine/runtime.ts'

/** Ids of elements (RFC 9559, section 27.1). */
const [segmentId, clusterId, tracksId, entryId] = [0x18538067, 0x1f43b675, 0x1654ae6b, 0xae]
const [numberId, delayId] = [0xd7, 0x56aa]

/** Of one level that are gone through; files have some dozens at most before their first frames. */
const mostElements = 10_000

interface Element {
  readonly id: number
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
  const segment = child(file, { id: 0, from: 0, to: file.size }, segmentId)
  const tracks = segment && child(file, segment, tracksId)
  if (tracks === undefined) return undefined
  for (const entry of children(file, tracks)) {
    if (entry.id !== entryId || wholeNumberIn(file, child(file, entry, numberId)) !== number) continue
    const nanoseconds = wholeNumberIn(file, child(file, entry, delayId))
    return nanoseconds === undefined ? undefined : nanoseconds / 1e9
  }
  return undefined
}

function child(file: ByteSource, parent: Element, id: number): Element | undefined {
  for (const element of children(file, parent)) {
    if (element.id === id) return element
    // What describes the tracks lies before the first frames.
    if (element.id === clusterId) return undefined
  }
  return undefined
}

/** The elements within another one, as far as they are whole (RFC 8794, sections 4 to 6). */
function* children(file: ByteSource, { from, to }: Element): Generator<Element> {
  for (let at = from, seen = 0; at < to && seen < mostElements; seen++) {
    const head = file.read(at, Math.min(12, to - at))
    const idLength = lengthOf(head[0]!)
    const sizeLength = lengthOf(head[idLength] ?? 0)
    if (idLength > 4 || sizeLength > 8 || idLength + sizeLength > head.length) return
    const id = numberIn(head.subarray(0, idLength))
    const size = numberIn(head.subarray(idLength, idLength + sizeLength)) - 2 ** (7 * sizeLength)
    const start = at + idLength + sizeLength
    // Bits that are all set stand for a size that was not known.
    at = size === 2 ** (7 * sizeLength) - 1 ? to : start + size
    if (at > to) return
    yield { id, from: start, to: at }
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

/** Kinds of TIFF that libvips takes for something else, or not at all. */
export type OddTiff = 'floatTiff' | 'signedTiff' | 'deepTiff' | 'labTiff'

/** Tags of TIFF 6.0. */
const bitsPerSample = 258
const photometric = 262
const sampleFormat = 339

/** Most files have a dozen. */
const mostTags = 1000

/** What is odd in the first picture of a TIFF or BigTIFF, of either byte order, by its tags. */
export function oddTiff(bytes: Uint8Array): OddTiff | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const little = bytes[0] === 0x49
  const big = view.byteLength > 16 && view.getUint16(2, little) === 43
  const first = firstValues(view, little, big)
  const colours = first(photometric) ?? 0
  if (colours >= 8 && colours <= 10) return 'labTiff'
  const format = first(sampleFormat) ?? 1
  if (format === 2) return 'signedTiff'
  if (format === 3) return 'floatTiff'
  return (first(bitsPerSample) ?? 1) > 16 ? 'deepTiff' : undefined
}

/** The first value of a tag that holds 16-bit numbers. */
function firstValues(view: DataView, little: boolean, big: boolean): (tag: number) => number | undefined {
  const short = (at: number) =>
    at >= 0 && at + 2 <= view.byteLength ? view.getUint16(at, little) : undefined
  const offset = (at: number) => {
    if (at + (big ? 8 : 4) > view.byteLength) return Number.MAX_SAFE_INTEGER
    return big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)
  }
  const directory = offset(big ? 8 : 4)
  const [head, entry, room] = big ? [8, 20, 8] : [2, 12, 4]
  // The number of tags is small enough for the 16 bits that hold it, at the end of 64 where the high bytes come first.
  const count = short(directory + (big && !little ? 6 : 0)) ?? 0
  return (tag) => {
    for (let i = 0; i < Math.min(count, mostTags); i++) {
      const at = directory + head + i * entry
      if (short(at) !== tag) continue
      const values = offset(at + 4)
      const place = at + 4 + (big ? 8 : 4)
      return short(2 * values <= room ? place : offset(place))
    }
    return undefined
  }
}

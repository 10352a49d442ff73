/** Markers of ITU-T T.81, table B.1. */
const endOfImage = 0xd9
const firstRestart = 0xd0
const lastRestart = 0xd7

export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

/**
 * A JPEG with the end marker that its file lacks, so that a decoder has nothing to complain of but what is missing of
 * its pixels. Other files, and JPEGs that have one, come back as they are, with whatever phones put behind it.
 */
export function withEndMarker(bytes: Uint8Array): Uint8Array {
  if (!isJpeg(bytes) || hasEndMarker(bytes)) return bytes
  const ended = new Uint8Array(bytes.length + 2)
  ended.set(bytes)
  ended.set([0xff, endOfImage], bytes.length)
  return ended
}

/** Walks from marker to marker: the lengths of segments keep it out of thumbnails, which have end markers of their own. */
function hasEndMarker(bytes: Uint8Array): boolean {
  let at = 2
  while (at < bytes.length) {
    at = bytes.indexOf(0xff, at)
    if (at < 0) return false
    const marker = bytes[at + 1]
    if (marker === endOfImage) return true
    if (marker === undefined) return false
    at += 1
    // Fill bytes, stuffed bytes and restarts stand within the coded data.
    if (marker === 0xff) continue
    at += 1
    if (marker === 0 || (marker >= firstRestart && marker <= lastRestart)) continue
    at += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  }
  return false
}

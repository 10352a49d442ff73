/** Whether a GIF or WebP holds more than one picture, told by its beginning; false for anything else. */
export function isMoving(bytes: Uint8Array): boolean {
  const text = String.fromCharCode(...bytes.subarray(0, 16))
  if (text.startsWith('GIF8')) return gifPictures(bytes) > 1
  const isExtended = text.startsWith('RIFF') && text.slice(8, 16) === 'WEBPVP8X'
  return isExtended && (bytes[20]! & animationFlag) !== 0
}

/** In the first byte of the VP8X chunk (RFC 9649, 2.7.1). */
const animationFlag = 0x02

const [extension, image] = [0x21, 0x2c]

/** How many pictures a GIF holds, two at most being counted (GIF89a, appendix A). */
function gifPictures(bytes: Uint8Array): number {
  const colours = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  let at = 13 + colours(bytes[10] ?? 0)
  let pictures = 0
  while (at < bytes.length && pictures < 2) {
    if (bytes[at] === extension) at += 2
    else if (bytes[at] === image) {
      pictures++
      at += 11 + colours(bytes[at + 9] ?? 0)
    } else return pictures
    // Blocks with their lengths before them, up to an empty one.
    while (at < bytes.length && bytes[at] !== 0) at += bytes[at]! + 1
    at++
  }
  return pictures
}

/** Of the box that carries an XMP packet in MP4 (XMP specification, part 3). */
const boxKind = Uint8Array.from(Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex'))

/** The MP4 with an XMP packet, in a box at its end, where it moves nothing that others point to. */
export function mp4WithXmp(mp4: Uint8Array, xmp: string): Uint8Array {
  const packet = new TextEncoder().encode(xmp)
  const head = 8 + boxKind.length
  const file = new Uint8Array(mp4.length + head + packet.length)
  file.set(mp4)
  new DataView(file.buffer).setUint32(mp4.length, head + packet.length)
  file.set(new TextEncoder().encode('uuid'), mp4.length + 4)
  file.set(boxKind, mp4.length + 8)
  file.set(packet, mp4.length + head)
  return file
}

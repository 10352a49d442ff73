import { mp4Box } from './mp4-boxes.ts'

/** Of the box that carries an XMP packet in MP4 (XMP specification, part 3). */
const boxKind = Uint8Array.from(Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex'))

/** The MP4 with an XMP packet, in a box at its end, where it moves nothing that others point to. */
export function mp4WithXmp(mp4: Uint8Array, xmp: string): Uint8Array {
  return Buffer.concat([mp4, mp4Box('uuid', boxKind, new TextEncoder().encode(xmp))])
}

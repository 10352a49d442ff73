import { mp4Box } from './mp4-boxes.ts'

/** Of the box that carries an XMP packet in MP4 (XMP specification, part 3). */
const boxKind = Uint8Array.from(Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex'))

/** A box with an XMP packet. At the end of an MP4 it moves nothing that others point to. */
export function xmpBox(xmp: string): Uint8Array {
  return mp4Box('uuid', boxKind, new TextEncoder().encode(xmp))
}

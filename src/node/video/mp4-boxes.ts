/** Length and kind of a box (ISO/IEC 14496-12, 4.2). */
const headLength = 8

/** A box of an MP4, which holds these bytes one after another. */
export function mp4Box(kind: string, ...content: readonly Uint8Array[]): Uint8Array {
  const box = Buffer.concat([Buffer.alloc(headLength), ...content])
  box.writeUInt32BE(box.length)
  box.write(kind, 4, 'latin1')
  return box
}

/** Length and kind of a box (ISO/IEC 14496-12, 4.2). */
const headLength = 8

/** Bytes of fields before the inner boxes of those that have any (ISO/IEC 14496-12, 8.5.2 and 12.1.3). */
const fieldsLength: Readonly<Record<string, number>> = { stsd: 8, avc1: 78 }

/** A box of an MP4, which holds these bytes one after another. */
export function mp4Box(kind: string, ...content: readonly Uint8Array[]): Uint8Array {
  const box = Buffer.concat([Buffer.alloc(headLength), ...content])
  box.writeUInt32BE(box.length)
  box.write(kind, 4, 'latin1')
  return box
}

/**
 * A row of boxes in which one box, there or further in, holds something else; those around it have the lengths that this asks for.
 * Places in the file that others point to are not looked after.
 *
 * @param path the kinds from the outermost box to the one that is changed, the first of its kind each
 */
export function withBoxChanged(
  boxes: Uint8Array,
  [kind, ...inner]: readonly [string, ...string[]],
  change: (content: Uint8Array) => Uint8Array,
): Uint8Array {
  const file = Buffer.from(boxes.buffer, boxes.byteOffset, boxes.length)
  let start = 0
  while (file.toString('latin1', start + 4, start + headLength) !== kind) start += file.readUInt32BE(start)
  const end = start + file.readUInt32BE(start)
  const content = file.subarray(start + headLength, end)
  const [next, ...rest] = inner
  const fields = fieldsLength[kind] ?? 0
  const changed =
    next === undefined
      ? [change(content)]
      : [content.subarray(0, fields), withBoxChanged(content.subarray(fields), [next, ...rest], change)]
  return Buffer.concat([file.subarray(0, start), mp4Box(kind, ...changed), file.subarray(end)])
}

import { MienError } from '../engine/errors.ts'

/*
 * Messages one after the other in a stream of bytes: each with its length before it, 4 bytes, little-endian. A frame
 * without content says that the other end is alive.
 */

const headerBytes = 4

/** A message as a frame. */
export function frame(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const framed = new Uint8Array(headerBytes + message.byteLength)
  new DataView(framed.buffer).setUint32(0, message.byteLength, true)
  framed.set(message, headerBytes)
  return framed
}

/**
 * Takes the stream as it comes, in pieces of any size, and gives back the messages that became whole.
 *
 * @throws MienError 'wrong-use' where a frame says that it is longer than `limit` bytes.
 */
export function frameReader(limit: number): (piece: Uint8Array) => Uint8Array[] {
  const header = new Uint8Array(headerBytes)
  let headerFilled = 0
  let body: Uint8Array | undefined
  let bodyFilled = 0
  return (piece) => {
    const whole: Uint8Array[] = []
    let at = 0
    while (at < piece.byteLength) {
      if (body === undefined) {
        const taken = piece.subarray(at, at + headerBytes - headerFilled)
        header.set(taken, headerFilled)
        headerFilled += taken.byteLength
        at += taken.byteLength
        if (headerFilled < headerBytes) break
        const length = new DataView(header.buffer).getUint32(0, true)
        if (length > limit)
          throw new MienError('wrong-use', `A frame of ${length} bytes is longer than ${limit}.`)
        body = new Uint8Array(length)
        headerFilled = bodyFilled = 0
      } else {
        const taken = piece.subarray(at, at + body.byteLength - bodyFilled)
        body.set(taken, bodyFilled)
        bodyFilled += taken.byteLength
        at += taken.byteLength
      }
      if (bodyFilled === body.byteLength) {
        whole.push(body)
        body = undefined
      }
    }
    return whole
  }
}

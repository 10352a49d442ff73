import type { IncomingMessage } from 'node:http'
import { largestMessage } from '../../shared/message-codec.ts'

/** The whole body of a request; undefined as soon as it is known to be larger than any message. */
export async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > largestMessage) return undefined
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of piecesOf(request)) {
    size += piece.byteLength
    if (size > largestMessage) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces, size)
}

/** The body as it comes. Who stops reading can still answer. */
export function piecesOf(request: IncomingMessage): AsyncIterable<Uint8Array> {
  return request.iterator({ destroyOnReturn: false })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PictureSize } from '../../engine/runtime.ts'
import type { PageVerdict } from '../../shared/page-order.ts'
import { bodyOf, type PageServer, pageHeaders, send, startPageServer } from '../chromium/page-server.ts'
import type { Vp9Packet } from './vp9.ts'

/** What the page in a browser is to encode, and who hears of it. */
export interface EncoderWork {
  readonly size: PictureSize
  /** The planes of the next frame; undefined after the last. */
  nextFrame(): Promise<Uint8Array | undefined>
  /** The page asks for the next frame when this packet was taken. */
  onPacket(packet: Vp9Packet): Promise<void>
  onEnd(verdict: PageVerdict): void
}

/** What a packet may have beyond the bytes of its frame. */
const overhead = 2 ** 16

const packetTypes = ['key', 'delta'] as const

/**
 * Gives frames to the page that encodes them, and takes its packets.
 *
 * @throws MienError 'unreadable-file' if the page was not built.
 */
export function startEncoderServer(work: EncoderWork): Promise<PageServer> {
  const { width, height } = work.size

  async function giveFrame(_: IncomingMessage, response: ServerResponse): Promise<void> {
    const planes = await work.nextFrame()
    if (planes === undefined) response.writeHead(204, pageHeaders).end()
    else send(response, 'application/octet-stream', planes)
  }

  function takePacket(type: Vp9Packet['type']) {
    return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const body = await bodyOf(request, width * height * 3 + overhead)
      await work.onPacket({ type, data: body.slice() })
      send(response, 'text/plain', '')
    }
  }

  return startPageServer({
    order: (token) => ({ work: 'encode', token, width, height }),
    answerTo(method, target) {
      if (method === 'GET') return target === '/frame' ? giveFrame : undefined
      const type = packetTypes.find((name) => target === `/packet/${name}`)
      return method === 'POST' && type !== undefined ? takePacket(type) : undefined
    },
    onEnd: work.onEnd,
  })
}

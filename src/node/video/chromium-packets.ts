import { MienError } from '../../engine/errors.ts'
import type { PageVerdict } from '../../shared/page-order.ts'
import { openChromium } from '../chromium/chromium.ts'
import { handover } from '../host/handover.ts'
import { startEncoderServer } from './encoder-server.ts'
import type { Vp9Encoder, Vp9Packet } from './vp9.ts'

/** Milliseconds in which the page has to do something with a frame that it was given. */
const patience = 120_000

/** Encodes by a page in that Chromium. */
export function chromiumPackets(program: string): Vp9Encoder {
  return async function* (frames, size) {
    const coming = frames[Symbol.asyncIterator]()
    const packets = handover<Vp9Packet>()
    const fail = (reason: string) =>
      packets.end(
        new MienError('device', `Chromium did not encode the film: ${reason}.`, {
          hint: `Look whether ${program} starts, set CHROMIUM to another one, or choose MP4.`,
        }),
      )
    let timer: NodeJS.Timeout | undefined
    const wait = () => {
      clearTimeout(timer)
      timer = setTimeout(() => fail('it does not answer'), patience)
    }
    const endings: Readonly<Record<PageVerdict, () => void>> = {
      done: () => packets.end(),
      codec: () => fail('it does not know VP9'),
      damaged: () => fail('its encoder failed'),
    }
    const server = await startEncoderServer({
      size,
      async nextFrame() {
        clearTimeout(timer)
        const { value, done } = await coming.next()
        wait()
        return done ? undefined : value
      },
      async onPacket(packet) {
        clearTimeout(timer)
        await packets.give(packet)
        wait()
      },
      onEnd: (verdict) => endings[verdict](),
    })
    try {
      wait()
      const chromium = await openChromium(program, server.address, fail)
      try {
        for (;;) {
          const packet = await packets.take()
          if (packet === undefined) return
          yield packet
        }
      } finally {
        await chromium.close()
      }
    } finally {
      clearTimeout(timer)
      await server.close()
    }
  }
}

import type { ServiceEvent } from '../../shared/event-queue.ts'
import { frameReader } from '../../shared/frame-stream.ts'
import { decode, largestMessage } from '../../shared/message-codec.ts'
import type { Connection } from './transport.ts'

/** Milliseconds; the host is heard every five seconds, if only by an empty frame. */
const silenceLimit = 20_000
const firstWait = 250
const longestWait = 4000

/** Listens to the events of the host, and again whenever the stream ends. Never returns. */
export async function keepListening(
  address: string,
  authorization: string,
  event: (name: string, data: unknown) => void,
  connection: (now: Connection) => void,
): Promise<never> {
  let wait = firstWait
  for (;;) {
    try {
      for await (const message of frames(address, authorization)) {
        wait = firstWait
        connection('connected')
        if (message.byteLength === 0) continue
        const { name, data } = decode(message) as ServiceEvent
        event(name, data)
      }
      connection('lost')
    } catch (error) {
      connection(error instanceof Refused ? 'refused' : 'lost')
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
    wait = Math.min(2 * wait, longestWait)
  }
}

/** The host does not take this page's token. */
class Refused extends Error {}

async function* frames(address: string, authorization: string): AsyncGenerator<Uint8Array> {
  const silence = new AbortController()
  let timer = setTimeout(() => silence.abort(), silenceLimit)
  try {
    const response = await fetch(address, {
      headers: { Authorization: authorization },
      signal: silence.signal,
    })
    if (response.status === 401) throw new Refused()
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    const read = frameReader(largestMessage)
    const reader = response.body.getReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(), silenceLimit)
      yield* read(piece.value)
    }
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}

import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { EventQueue } from '../../shared/event-queue.ts'
import { frame } from '../../shared/frame-stream.ts'
import { encode } from '../../shared/message-codec.ts'
import { windowHeaders } from '../hosts/window-policy.ts'

/** Milliseconds between two signs of life; the window takes silence of four of them for a lost connection. */
const pulse = 5000

/** Writes events as frames for as long as the reader is there, no faster than it reads. */
export async function streamEvents(queue: EventQueue, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    ...windowHeaders,
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store',
  })
  // At once, so that the window knows from when on it hears everything.
  response.write(frame(new Uint8Array()))
  const timer = setInterval(() => {
    if (!response.writableNeedDrain) response.write(frame(new Uint8Array()))
  }, pulse)
  const gone = once(response, 'close').finally(() => queue.close())
  try {
    for (let event = await queue.next(); event !== undefined; event = await queue.next()) {
      if (response.write(frame(encode(event)))) continue
      await Promise.race([once(response, 'drain'), gone])
    }
  } finally {
    clearInterval(timer)
    queue.close()
    response.end()
  }
}

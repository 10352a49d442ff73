/**
 * The page that decodes and encodes for the process that opened it, and what it has of it: the video piece by piece, or one frame
 * after another; the next is worked on when the one before was taken. What it is to do stands in its address.
 */
import { UrlSource } from 'mediabunny'
import { type PageOrder, type PageVerdict, readOrder } from '../../shared/page-order.ts'
import { videoInput } from '../../shared/video.ts'
import { decodedFrames } from './decoded-frames.ts'
import { encodedPackets, encodes } from './encoded-packets.ts'

const order = readOrder(location.hash)
const headers = { Authorization: `Bearer ${order.token}`, 'Content-Type': 'application/octet-stream' }

async function ask(path: string, request: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, { ...request, headers })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return response
}

async function post(path: string, body: BodyInit): Promise<void> {
  await ask(path, { method: 'POST', body })
}

async function decode({ width, height, from, to }: PageOrder & { work: 'decode' }): Promise<PageVerdict> {
  const source = new UrlSource(new URL('/clip', location.href), {
    requestInit: { headers },
    getRetryDelay: () => null,
  })
  const track = await videoInput(source).getPrimaryVideoTrack()
  if (track === null || !(await track.canDecode())) return 'codec'
  // The next one is decoded while this one is on its way.
  let posted = Promise.resolve()
  for await (const { seconds, image } of decodedFrames(track, { width, height }, from, to)) {
    await posted
    posted = post(`/frame/${seconds}`, image.data as Uint8Array<ArrayBuffer>)
  }
  await posted
  return 'done'
}

async function encode(size: PageOrder): Promise<PageVerdict> {
  if (!(await encodes(size))) return 'codec'
  for await (const { type, bytes } of encodedPackets(planes(), size)) await post(`/packet/${type}`, bytes)
  return 'done'
}

/** The planes of one frame after another, as they come. */
async function* planes(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const response = await ask('/frame')
    if (response.status === 204) return
    yield new Uint8Array(await response.arrayBuffer())
  }
}

const work = order.work === 'encode' ? encode(order) : decode(order)
void post('/end', await work.catch(() => 'damaged' as const))

/**
 * The page that decodes for the command line: it fetches the video from the process that opened the page, piece by piece, and
 * gives it each frame, the next one when that was taken. What it is to do stands in its address.
 */
import { UrlSource } from 'mediabunny'
import { type DecoderOrder, type DecoderVerdict, readOrder } from '../../shared/decoder-order.ts'
import { videoInput } from '../../shared/video.ts'
import { decodedFrames } from './decoded-frames.ts'

const order = readOrder(location.hash)
const headers = { Authorization: `Bearer ${order.token}`, 'Content-Type': 'application/octet-stream' }

async function post(path: string, body: BodyInit): Promise<void> {
  const response = await fetch(path, { method: 'POST', headers, body })
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
}

async function decode({ width, height, from, to }: DecoderOrder): Promise<DecoderVerdict> {
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

void post('/end', await decode(order).catch(() => 'damaged' as const))

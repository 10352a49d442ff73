import { BlobSource } from 'mediabunny'
import { type ClipFacts, type ClipFrame, framesInOrder, headLength, secondsOf } from '../../shared/clip.ts'
import { damagedAfter, videoFacts, videoInput } from '../../shared/video.ts'
import { decodedFrames } from './decoded-frames.ts'

/** Of the frames that are sent: landmarks become no better with more, and every pixel has its way to go. */
const longestSide = 1280

/** A video that the user gave, of which the browser can decode the frames. */
export interface OpenedVideo {
  readonly facts: ClipFacts
  /** Of its frames as they are given. */
  readonly width: number
  readonly height: number
  /** One after another from that one on, the first if none is said, as they are asked for. Throws MienError where the decoder cannot go on. */
  frames(from?: number): AsyncGenerator<ClipFrame>
}

/**
 * Reads what a video is; undefined where this browser does not decode it.
 *
 * @throws MienError 'bad-file' for what is no video, or damaged
 */
export async function openVideo(file: File): Promise<OpenedVideo | undefined> {
  const head = new Uint8Array(await file.slice(0, headLength).arrayBuffer())
  const facts = await videoFacts({ name: file.name, head, source: new BlobSource(file) })
  if (typeof VideoDecoder === 'undefined' || !(await decodes(file))) return undefined
  const scale = Math.min(1, longestSide / Math.max(facts.width, facts.height))
  const size = {
    width: Math.max(1, Math.round(facts.width * scale)),
    height: Math.max(1, Math.round(facts.height * scale)),
  }
  return { facts, ...size, frames: (from = 0) => framesOf(file, facts, size, from) }
}

async function decodes(file: File): Promise<boolean> {
  const input = videoInput(new BlobSource(file))
  try {
    return (await (await input.getPrimaryVideoTrack())?.canDecode()) ?? false
  } finally {
    input.dispose()
  }
}

async function* framesOf(
  file: File,
  facts: ClipFacts,
  size: Pick<ClipFacts, 'width' | 'height'>,
  from: number,
): AsyncGenerator<ClipFrame> {
  const input = videoInput(new BlobSource(file))
  let time = 0
  try {
    const track = (await input.getPrimaryVideoTrack())!
    const [start, end] = secondsOf(facts, from, facts.times.length)
    const all = decodedFrames(track, size, Math.max(0, start), end)
    for await (const frame of framesInOrder(facts, from, facts.times.length, all)) {
      time = frame.time
      yield frame
    }
  } catch {
    throw damagedAfter(file.name, time / facts.timescale)
  } finally {
    input.dispose()
  }
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { PictureSize } from '../../engine/runtime.ts'
import type { DecodedFrame } from '../../shared/clip.ts'
import { convertFirst, damagedAfter, undecodable } from '../../shared/video.ts'
import { handover } from '../host/handover.ts'
import type { VideoOrder } from './video-order.ts'

/**
 * Decodes the frames of a video by that ffmpeg: pixels come from its standard output, and when they are shown from what its
 * filter `showinfo` tells. Throws MienError.
 */
export async function* ffmpegFrames(
  program: string,
  { path, name, facts, from, to }: VideoOrder,
): AsyncGenerator<DecodedFrame> {
  const child = spawn(program, argumentsFor(path, facts), { stdio: ['ignore', 'pipe', 'pipe'] })
  const endWithHost = () => child.kill('SIGKILL')
  process.on('exit', endWithHost)
  // Not 'close', which waits until all that it said was read.
  const gone = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null)).once('exit', resolve)
  })
  const times = handover<number>()
  // ffmpeg counts from another zero where a file's list of edits begins between two frames.
  let shift: number | undefined
  let last = from
  readTimes(child.stderr, times.give).then(() => times.end(), times.end)
  try {
    for await (const data of piecesOf(child.stdout, facts.width * facts.height * 3)) {
      const time = await times.take()
      if (time === undefined) return
      shift ??= facts.times[0]! / facts.timescale - time
      last = time + shift
      if (last >= to) return
      if (last >= from) yield { seconds: last, image: { width: facts.width, height: facts.height, data } }
    }
    if ((await gone) === 0) return
    throw shift === undefined
      ? undecodable(name, facts.codec, 'this ffmpeg', convertFirst)
      : damagedAfter(name, last)
  } finally {
    child.kill('SIGKILL')
    child.stderr.destroy()
    await gone
    process.off('exit', endWithHost)
  }
}

/**
 * Nothing but that file is opened, whatever it holds. Times stay as they are in it, no frame is repeated or dropped for an even
 * rate, and ffmpeg turns frames upright by itself.
 */
function argumentsFor(path: string, { width, height }: PictureSize): readonly string[] {
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-copyts'],
    ...['-protocol_whitelist', 'file', '-i', `file:${path}`],
    ...['-map', '0:V:0', '-vf', `scale=${width}:${height},format=rgb24,showinfo`],
    ...['-fps_mode', 'passthrough', '-f', 'rawvideo', 'pipe:1'],
  ]
}

/** Tells when each frame is shown, in seconds, from the lines of `showinfo`: in ticks of a time base that it names before. */
async function readTimes(lines: Readable, tell: (seconds: number) => Promise<void>): Promise<void> {
  let tick = Number.NaN
  for await (const line of createInterface(lines)) {
    const [, numerator, denominator] = /config in time_base: (\d+)\/(\d+)/.exec(line) ?? []
    if (numerator !== undefined) tick = Number(numerator) / Number(denominator)
    const ticks = /showinfo.* n: *\d+ pts: *(-?\d+) /.exec(line)?.[1]
    if (ticks !== undefined) await tell(Number(ticks) * tick)
  }
}

/** A stream in pieces of one length; what is left at its end is dropped. */
async function* piecesOf(stream: AsyncIterable<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(length)
  let filled = 0
  for await (const bytes of stream) {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + length - filled)
      piece.set(taken, filled)
      at += taken.length
      filled += taken.length
      if (filled < length) continue
      yield piece
      piece = new Uint8Array(length)
      filled = 0
    }
  }
}

import { spawn } from 'node:child_process'
import { pipeline } from 'node:stream/promises'
import { MienError } from '../../engine/errors.ts'
import type { PictureSize } from '../../engine/runtime.ts'
import { keyFramesApart, vp9Quantizer } from '../../shared/vp9.ts'
import type { Vp9Encoder, Vp9Packet } from './vp9.ts'

/** Bytes of IVF, as libvpx writes it: the head of the file, and that of each frame, which begins with its length. */
const [fileHead, frameHead] = [32, 12]

/** Encodes by that ffmpeg, if it has libvpx. */
export function ffmpegPackets(program: string): Vp9Encoder {
  return async function* (frames, size) {
    const child = spawn(program, argumentsFor(size), { stdio: ['pipe', 'pipe', 'pipe'] })
    const endWithHost = () => child.kill('SIGKILL')
    process.on('exit', endWithHost)
    let lastWords = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-1000)
    })
    const gone = new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null)).once('exit', resolve)
    })
    // An ffmpeg that is gone reports through its exit; what the frames throw ends it.
    let failure: unknown
    const fed = pipeline(frames, child.stdin).catch((error: unknown) => {
      failure = error
      child.kill('SIGKILL')
    })
    try {
      yield* packetsIn(child.stdout)
      if ((await gone) === 0) return
      await fed
      if (failure instanceof MienError) throw failure
      throw new MienError(
        'device',
        `ffmpeg did not encode the film: ${lastWords.trim().split('\n').at(-1) || 'it ended'}.`,
        {
          hint: `Look whether ${program} has libvpx-vp9, install Chromium, or choose MP4.`,
        },
      )
    } finally {
      child.kill('SIGKILL')
      await gone
      process.off('exit', endWithHost)
    }
  }
}

/** Frames have no time of their own here: one packet comes for each, in order, and none is waited for by another. */
function argumentsFor({ width, height }: PictureSize): readonly string[] {
  const colours = [
    '-color_range',
    'tv',
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
  ]
  return [
    ...['-hide_banner', '-nostats', '-v', 'error'],
    ...[
      '-f',
      'rawvideo',
      '-pix_fmt',
      'yuv420p',
      '-s',
      `${width}x${height}`,
      '-r',
      '25',
      ...colours,
      '-i',
      'pipe:0',
    ],
    ...[
      '-c:v',
      'libvpx-vp9',
      '-crf',
      `${vp9Quantizer}`,
      '-b:v',
      '0',
      '-g',
      `${keyFramesApart}`,
      '-row-mt',
      '1',
    ],
    ...['-lag-in-frames', '0', '-auto-alt-ref', '0', '-deadline', 'good', '-cpu-used', '5', ...colours],
    ...['-f', 'ivf', 'pipe:1'],
  ]
}

/** The packets of an IVF as it comes. */
async function* packetsIn(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Vp9Packet> {
  let held: Uint8Array = new Uint8Array(0)
  let skip = fileHead
  for await (const piece of stream) {
    held = Buffer.concat([held, piece])
    for (;;) {
      const head = held.subarray(skip, skip + frameHead)
      if (head.length < frameHead) break
      const start = skip + frameHead
      const end = start + new DataView(head.buffer, head.byteOffset).getUint32(0, true)
      if (held.length < end) break
      const data = held.slice(start, end)
      yield { type: isKey(data) ? 'key' : 'delta', data }
      held = held.subarray(end)
      skip = 0
    }
  }
}

/** Whether a frame of profile 0 is whole, by the first byte of its head (VP9 bitstream specification, section 6.2). */
function isKey(data: Uint8Array): boolean {
  const [showsExisting, isInter] = [0b1000, 0b100]
  return (data[0]! & (showsExisting | isInter)) === 0
}

import {
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  IsobmffInputFormat,
  Logging,
  LogLevel,
  MATROSKA,
  MatroskaInputFormat,
  MP4,
  QTFF,
  type Source,
  WEBM,
} from 'mediabunny'
import { MienError } from '../engine/errors.ts'
import type { ClipFacts } from './clip.ts'

/** A file with a video, wherever it lies. */
export interface VideoFile {
  readonly name: string
  /** Its first `headLength` bytes, fewer if it has no more. */
  readonly head: Uint8Array
  readonly source: Source
}

/** Not all that mediabunny reads: playlists would lead to other files, and the clock of a transport stream begins anywhere. */
const formats = [MP4, QTFF, MATROSKA, WEBM]

// What there is to say is told as facts and refusals.
Logging.level = LogLevel.Silent

/** Ten hours at sixty frames a second; an honest file of as many is gone through in ten seconds. */
const mostFrames = 36_000 * 60

/** Milliseconds for all that a file announces. A small forged index can announce so much that it takes minutes. */
const patience = 30_000

/** Of a frame: those of 8K have half as many. */
const mostPixels = 64 * 2 ** 20

/** Of a frame whose length nothing tells. */
const usualSeconds = 1 / 30

/** Matroska's length of the whole file is rounded, and may hold a last frame whose own length is not kept. */
const matroskaTolerance = 0.5

/** Codecs as people call them. */
const codecNames: Readonly<Record<string, string>> = {
  avc: 'H.264',
  hevc: 'HEVC (H.265)',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
}

/** What helps against a video in a form or codec that cannot be read. */
export const convertFirst = 'Convert it to an MP4 with H.264 first, for example with HandBrake.'

/**
 * Reads what a video is from its container, without decoding anything.
 *
 * @throws MienError 'bad-file' that names the form, or what is missing of the file.
 */
export async function videoFacts({ name, head, source }: VideoFile): Promise<ClipFacts> {
  const refusal: Refusal = (what, hint) => new MienError('bad-file', `${name} ${what}`, { file: name, hint })
  if (head.length === 0) throw refusal('is empty.', 'Choose another file.')
  const form = foreignForm(head)
  if (form !== undefined) throw refusal(`is ${form}, which Mien does not read.`, convertFirst)
  const input = videoInput(source)
  try {
    if (!(await input.canRead())) {
      throw refusal('is no video that Mien reads.', 'Choose an MP4, MOV, WebM or MKV file.')
    }
    if ((await input.getTracks()).length === 0 && (await input.getFormat()) instanceof IsobmffInputFormat) {
      throw refusal(
        'has no index: its recording or copying was not finished (the "moov" box is missing).',
        'Record or copy it again; a repair tool may restore it with a sound clip of the same camera.',
      )
    }
    const track = await input.getPrimaryVideoTrack()
    if (track === null) throw refusal('holds no video.', 'Choose a file with pictures in it.')
    const facts = await factsOf(input, track, refusal)
    if (facts.width * facts.height > mostPixels) {
      const size = `${facts.width} x ${facts.height}`
      throw refusal(`has frames of ${size} pixels, more than Mien takes.`, 'Make it smaller first.')
    }
    if (facts.times.length === 0) throw refusal('was cut short: no frame of it is whole.', 'Copy it again.')
    return facts
  } catch (cause) {
    if (cause instanceof MienError) throw cause
    throw new MienError('bad-file', `${name} is damaged and cannot be read.`, {
      file: name,
      hint: 'Copy it again, or choose another file.',
      cause,
    })
  } finally {
    input.dispose()
  }
}

/** The container of a video, of the forms that are read. Dispose it when it is not needed any more. */
export function videoInput(source: Source): Input {
  return new Input({ source, formats })
}

/** The refusal of a video whose codec `decoder` does not know. */
export function undecodable(name: string, codec: string, decoder: string, hint: string): MienError {
  return new MienError(
    'bad-file',
    `${name} is coded in ${codecNames[codec] ?? codec}, which ${decoder} does not decode.`,
    {
      file: name,
      hint,
    },
  )
}

/** The refusal of a video whose data a decoder could not go on with; decoders are some frames ahead of what they give. */
export function damagedAfter(name: string, seconds: number): MienError {
  return new MienError('bad-file', `${name} is damaged somewhere after second ${seconds.toFixed(1)}.`, {
    file: name,
    hint: 'Copy it again, or choose a part of it without that place.',
  })
}

/** Containers that people try and nothing here reads. */
function foreignForm(head: Uint8Array): string | undefined {
  const text = String.fromCharCode(...head.subarray(0, 16))
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ') return 'an AVI video'
  if (text.startsWith('\x30\x26\xb2\x75')) return 'a Windows Media video'
  if (text.startsWith('FLV')) return 'a Flash video'
  if ([0, 4].some((at) => head[at] === 0x47 && head[at + 188] === 0x47)) return 'an MPEG transport stream'
  if (text.startsWith('\0\0\x01\xba')) return 'an MPEG program stream'
  return undefined
}

/** Of a file, by what is wrong and what helps. */
type Refusal = (what: string, hint: string) => MienError

async function factsOf(input: Input, track: InputVideoTrack, refusal: Refusal): Promise<ClipFacts> {
  const timescale = await track.getTimeResolution()
  const ticks = (seconds: number) => Math.round(seconds * timescale)
  const sink = new EncodedPacketSink(track)
  // In the order of decoding, as they lie in the file.
  const announced: Span[] = []
  const deadline = performance.now() + patience
  for await (const packet of sink.packets(undefined, undefined, { metadataOnly: true })) {
    if (announced.length === mostFrames || performance.now() > deadline) {
      throw refusal('announces more frames than Mien takes.', 'Cut it first.')
    }
    announced.push({ start: packet.timestamp, end: packet.timestamp + packet.duration })
  }
  const read = announced.slice(0, await readable(sink, announced))
  // What begins before 0 is decoded for others and not shown.
  const starts = new Set(read.map(({ start }) => ticks(start)).filter((time) => time >= 0))
  const times = [...starts].sort((a, b) => a - b)
  const last = times.at(-1) ?? 0
  const lastEnd = ticks(latestEnd(read))
  const duration = lastEnd > last ? lastEnd : last + (last - (times.at(-2) ?? last - ticks(usualSeconds)))
  const announcedEnd = ticks(Math.max(latestEnd(announced), await matroskaEnd(input)))
  return {
    codec: (await track.getCodec()) ?? String(await track.getInternalCodecId()),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    rotation: await track.getRotation(),
    timescale,
    times,
    duration,
    missing: Math.max(0, announcedEnd - duration),
  }
}

/** Of a packet, in seconds. */
interface Span {
  readonly start: number
  readonly end: number
}

function latestEnd(spans: readonly Span[]): number {
  return spans.reduce((latest, { end }) => Math.max(latest, end), 0)
}

/**
 * How many of the packets, from the first on, are in the file: an index at its head tells of all that were there before it was
 * cut, and a decoder that comes to the cut takes it for the end.
 */
async function readable(sink: EncodedPacketSink, announced: readonly Span[]): Promise<number> {
  const isThere = async (index: number) => {
    const packet: EncodedPacket | null = await sink.getPacket(announced[index]!.start)
    return packet !== null
  }
  if (announced.length === 0 || (await isThere(announced.length - 1))) return announced.length
  let [there, missing] = [-1, announced.length - 1]
  while (missing - there > 1) {
    const middle = (there + missing) >> 1
    if (await isThere(middle)) there = middle
    else missing = middle
  }
  return missing
}

/** Where a Matroska file announces to end that ends well before; its packets are in no index. 0 for others. */
async function matroskaEnd(input: Input): Promise<number> {
  if (!((await input.getFormat()) instanceof MatroskaInputFormat)) return 0
  const announced = (await input.getDurationFromMetadata()) ?? 0
  return announced - (await input.computeDuration()) > matroskaTolerance ? announced : 0
}

import { basename } from 'node:path'
import {
  type AudioCodec,
  type EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  type InputAudioTrack,
  MatroskaInputFormat,
} from 'mediabunny'
import { MienError } from '../../engine/errors.ts'
import { videoInput } from '../../shared/video.ts'

/** Where a film's sound comes from. */
export interface SoundSource {
  /** A video. */
  readonly path: string
  /** The second of it at which the film begins. */
  readonly from: number
}

/** Coded sound, to be copied as it is. */
export interface FilmSound {
  readonly codec: AudioCodec
  readonly decoderConfig: AudioDecoderConfig
  /** In order, in seconds of the film: what sounds at its start may begin before 0. Throws MienError 'bad-file'. */
  packets(): AsyncGenerator<EncodedPacket>
  close(): void
}

/** Of those that videos have, these play wherever an MP4 does. */
const playedInMp4: readonly AudioCodec[] = ['aac', 'opus', 'mp3']

/**
 * Seconds that are copied before the start, which players decode and do not play: what is decoded depends on what was
 * before, longest in Opus (RFC 7845, section 4.6).
 */
const preRoll = 0.08

/** Of Opus, whatever rate it was made from (RFC 7845, section 4). */
const opusRate = 48_000

/** Opens the sound of a video for an MP4; or what the user is told where there is none that it can hold. */
export async function openFilmSound({ path, from }: SoundSource): Promise<FilmSound | string> {
  const name = basename(path)
  const input = videoInput(new FilePathSource(path))
  const without = (why: string) => {
    input.dispose()
    return `The film has no sound: ${why}.`
  }
  try {
    const track = await input.getPrimaryAudioTrack()
    if (track === null) return without(`${name} has none`)
    const codec = await track.getCodec()
    const decoderConfig = await track.getDecoderConfig()
    if (codec === null || decoderConfig === null || !playedInMp4.includes(codec)) {
      const called = codec ?? String(await track.getInternalCodecId())
      return without(`that of ${name} is coded in ${called}, which many players of MP4 do not play`)
    }
    const isMatroska = (await input.getFormat()) instanceof MatroskaInputFormat
    const delay = isMatroska && codec === 'opus' ? opusDelay(decoderConfig) : 0
    return {
      ...{ codec, decoderConfig },
      packets: () => packetsFrom(track, from + delay, name),
      close: () => input.dispose(),
    }
  } catch {
    return without(`that of ${name} cannot be read`)
  }
}

async function* packetsFrom(
  track: InputAudioTrack,
  from: number,
  name: string,
): AsyncGenerator<EncodedPacket> {
  const sink = new EncodedPacketSink(track)
  try {
    const first = (await sink.getPacket(from - preRoll)) ?? (await sink.getFirstPacket())
    if (first === null) return
    for await (const packet of sink.packets(first)) {
      yield packet.clone({ timestamp: packet.timestamp - from })
    }
  } catch (cause) {
    throw new MienError('bad-file', `${name} is damaged: its sound cannot be read.`, {
      file: name,
      hint: 'Make the film without sound, or of a part before that place.',
      cause,
    })
  }
}

/**
 * Seconds that lie before the first sample that is heard. In Matroska times count from before them (RFC 9559, CodecDelay), in
 * MP4 from that sample. The head of Opus tells them (RFC 7845, section 5.1).
 */
function opusDelay({ description }: AudioDecoderConfig): number {
  if (description === undefined) return 0
  const head = ArrayBuffer.isView(description)
    ? new DataView(description.buffer, description.byteOffset, description.byteLength)
    : new DataView(description)
  return head.getUint16(10, true) / opusRate
}

import { basename } from 'node:path'
import {
  type AudioCodec,
  type EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  MatroskaInputFormat,
} from 'mediabunny'
import { MienError } from '../../engine/errors.ts'
import { videoInput } from '../../shared/video.ts'
import { openFileSource } from '../host/file-source.ts'
import { codecDelayIn } from './codec-delay.ts'
import { opusRate, preSkipOf, withPreSkip } from './opus-head.ts'

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
  /** Seconds that lie before the film's start in the times of its container. */
  readonly lead: number
  /** In order, with those times. Throws MienError 'bad-file'. */
  packets(): AsyncGenerator<EncodedPacket>
  close(): void
}

/** What sound a film may have in each container, of the codecs of videos, and why it has no other. */
const containers = {
  mp4: { plays: ['aac', 'opus', 'mp3'], why: 'which many players of MP4 do not play' },
  webm: { plays: ['opus'], why: 'which Mien does not put into a WebM; an MP4 may have it' },
} as const satisfies Record<string, { readonly plays: readonly AudioCodec[]; readonly why: string }>
export type SoundFormat = keyof typeof containers

/** As people know them. */
const codecTitles: Partial<Record<AudioCodec, string>> = {
  aac: 'AAC',
  mp3: 'MP3',
  vorbis: 'Vorbis',
  ac3: 'AC-3',
}

/**
 * Seconds that are copied before the start, which players decode and do not play: what is decoded depends on what was
 * before, longest in Opus (RFC 7845, section 4.6).
 */
const preRoll = 0.08

/**
 * Opens the sound of a video for a film; or what the user is told where there is none that its format can hold.
 *
 * What is decoded before the film's start begins before 0 in an MP4, and its list of edits leaves it out. The head of Opus counts such
 * samples as well, for information only (Encapsulation of Opus in ISO base media, 4.3.2), but Chromium leaves them out once more; so
 * it says that there are none. In a WebM times begin at 0 with what is left out, and that head alone says how much it is.
 */
export async function openFilmSound(
  { path, from }: SoundSource,
  format: SoundFormat,
): Promise<FilmSound | string> {
  const name = basename(path)
  const { plays, why } = containers[format]
  const input = videoInput(new FilePathSource(path))
  const without = (why: string) => {
    input.dispose()
    return `The film has no sound: ${why}.`
  }
  try {
    const track = await input.getPrimaryAudioTrack()
    if (track === null) return without(`${name} has none`)
    const codec = await track.getCodec()
    const config = await track.getDecoderConfig()
    if (codec === null || config === null || !plays.some((played) => played === codec)) {
      const called = codec === null ? String(await track.getInternalCodecId()) : (codecTitles[codec] ?? codec)
      return without(`that of ${name} is coded in ${called}, ${why}`)
    }
    const isMatroska = (await input.getFormat()) instanceof MatroskaInputFormat
    const start = from + (isMatroska ? delayOf(path, track.id, config) : 0)
    const sink = new EncodedPacketSink(track)
    const first = (await sink.getPacket(start - preRoll)) ?? (await sink.getFirstPacket())
    const lead = format === 'webm' ? Math.max(0, start - (first?.timestamp ?? start)) : 0
    return {
      ...{ codec, lead },
      decoderConfig: codec === 'opus' ? withPreSkip(config, Math.round(lead * opusRate)) : config,
      packets: () => packetsFrom(sink, first, start - lead, name),
      close: () => input.dispose(),
    }
  } catch {
    return without(`that of ${name} cannot be read`)
  }
}

/** @param zero the second of the clip that is 0 in the film's container */
async function* packetsFrom(
  sink: EncodedPacketSink,
  first: EncodedPacket | null,
  zero: number,
  name: string,
): AsyncGenerator<EncodedPacket> {
  if (first === null) return
  try {
    for await (const packet of sink.packets(first)) {
      yield packet.clone({ timestamp: packet.timestamp - zero })
    }
  } catch (cause) {
    throw new MienError('bad-file', `${name} is damaged: its sound cannot be read.`, {
      file: name,
      hint: 'Make the film without sound, or of a part before that place.',
      cause,
    })
  }
}

/** Seconds by which the times of a track in a Matroska file are late. Where the file does not say, the head of Opus does. */
function delayOf(path: string, track: number, config: AudioDecoderConfig): number {
  const file = openFileSource(path)
  try {
    const told = codecDelayIn(file, track)
    return told ?? (config.codec === 'opus' ? preSkipOf(config) / opusRate : 0)
  } finally {
    file.close()
  }
}

import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  type Output,
  StreamTarget,
  type StreamTargetChunk,
} from 'mediabunny'
import type { GrowingFile } from '../host/growing-file.ts'
import type { FilmSound } from './film-sound.ts'

/** When a frame is shown, in ticks. */
export interface Span {
  readonly time: number
  readonly duration: number
}

/** Sound that is copied as the film grows, so that both lie side by side in the file. */
export function copiedSound({ codec, decoderConfig, lead, packets, close }: FilmSound, output: Output) {
  const target = new EncodedAudioPacketSource(codec)
  output.addAudioTrack(target)
  const ahead = packets()
  let next: Promise<IteratorResult<EncodedPacket, void>> | undefined
  return {
    /** Copies what begins before that second of the film. */
    async copyTo(end: number): Promise<void> {
      for (;;) {
        next ??= ahead.next()
        const { value: packet, done } = await next
        if (done || packet.timestamp - lead >= end) return
        await target.add(packet, { decoderConfig })
        next = undefined
      }
    },
    close,
  }
}

/**
 * Where the library's output goes, and how long it has become.
 *
 * @param changed what is written of a piece, as long as that
 */
export function fileTarget(file: GrowingFile, changed = (piece: Uint8Array) => piece) {
  let size = 0
  const writable = new WritableStream<StreamTargetChunk>({
    async write({ data, position }) {
      await file.write(changed(data), position)
      size = Math.max(size, position + data.length)
    },
  })
  return { target: new StreamTarget(writable), size: () => size }
}

import { mp4Box, withBoxChanged } from './mp4-boxes.ts'

/** Where an MP4 describes its frames, from the outermost box to the innermost. */
const sampleTable = ['moov', 'trak', 'mdia', 'minf', 'stbl'] as const

/**
 * An MP4 that says which of its frames are whole by themselves: the first, and every `apart`-th after it (ISO/IEC 14496-12, 8.6.2,
 * sync samples). Where nothing is said readers take every frame for one, and show another picture than that to which a film
 * is wound. What describes the video has to lie behind its frames, so that it can grow without moving them.
 */
export function withKeyFrames(mp4: Uint8Array, frames: number, apart: number): Uint8Array {
  const keys = Array.from({ length: Math.ceil(frames / apart) }, (_, i) => 1 + i * apart)
  const fields = Buffer.alloc(4 + 4 + 4 * keys.length)
  fields.writeUInt32BE(keys.length, 4)
  for (const [i, sample] of keys.entries()) fields.writeUInt32BE(sample, 8 + 4 * i)
  return withBoxChanged(mp4, sampleTable, (table) => Buffer.concat([table, mp4Box('stss', fields)]))
}

import { mp4Box, withBoxChanged } from './mp4-boxes.ts'

/**
 * BT.709 among the primaries, the transfer characteristics and the matrix coefficients of ITU-T H.273. Pictures have the curve
 * of sRGB (13), but Chromium shows both alike, and this one every player knows.
 */
const bt709 = 1

/** Where an MP4 describes its video, from the outermost box to the innermost. */
const sampleEntry = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd', 'avc1'] as const

/** Primaries, transfer and matrix in 16 bits each, then a byte that says that the range is not full (ISO/IEC 14496-12, 12.1.5). */
const colourBox = mp4Box('colr', Buffer.from('nclx'), Uint8Array.of(0, bt709, 0, bt709, 0, bt709, 0))

/** Video usability information (ITU-T H.264, E.1.1), bit by bit. */
const usability = [
  '0', // aspect_ratio_info_present_flag
  '0', // overscan_info_present_flag
  '1', // video_signal_type_present_flag
  '101', // video_format: unspecified
  '0', // video_full_range_flag
  '1', // colour_description_present_flag
  bitsOf([bt709, bt709, bt709]),
  '1', // chroma_loc_info_present_flag
  '010', // chroma_sample_loc_type_top_field: 1, in the middle of four pixels
  '010', // chroma_sample_loc_type_bottom_field
  '0', // timing_info_present_flag
  '0', // nal_hrd_parameters_present_flag
  '0', // vcl_hrd_parameters_present_flag
  '0', // pic_struct_present_flag
  '0', // bitstream_restriction_flag
].join('')

/**
 * An MP4 of H.264 that says that its colours are BT.709's: in the container and in the stream, since some readers look at only
 * one of them. What describes the video has to lie behind its frames, so that it can grow without moving them.
 */
export function withColourLabel(mp4: Uint8Array): Uint8Array {
  const saidByStream = withBoxChanged(mp4, [...sampleEntry, 'avcC'], withUsabilityInRecord)
  return withBoxChanged(saidByStream, sampleEntry, (entry) => Buffer.concat([entry, colourBox]))
}

/** An AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1). Its only sequence parameter set has a dozen bytes, so a byte tells its length. */
function withUsabilityInRecord(record: Uint8Array): Uint8Array {
  const start = 8
  const end = start + record[start - 1]!
  const set = withUsability(record.subarray(start, end))
  return Buffer.concat([record.subarray(0, start - 1), Uint8Array.of(set.length), set, record.subarray(end)])
}

/**
 * A sequence parameter set without usability information (ITU-T H.264, 7.3.2.1.1), with it. It comes last: the flag that it is
 * missing is the bit before the one that ends the set. It has no sixteen zeros in a row, so no start code to prevent.
 */
function withUsability(set: Uint8Array): Uint8Array {
  const bits = bitsOf(set)
  const flag = bits.lastIndexOf('1') - 1
  return bytesOf(`${bits.slice(0, flag)}1${usability}1`)
}

function bitsOf(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')
}

/** The last byte is filled up with zeros. */
function bytesOf(bits: string): Uint8Array {
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, i) =>
    Number.parseInt(bits.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2),
  )
}

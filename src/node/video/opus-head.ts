/** Of Opus, whatever rate it was made from (RFC 7845, section 4). */
export const opusRate = 48_000

/** Where the head of Opus counts the samples that are decoded before the first that is heard, in 16 bits (RFC 7845, section 5.1). */
const preSkipAt = 10

/** Those samples; 0 where there is no head. */
export function preSkipOf({ description }: AudioDecoderConfig): number {
  return description === undefined ? 0 : new DataView(bytesOf(description).buffer).getUint16(preSkipAt, true)
}

/** The same with another number of them. */
export function withPreSkip(config: AudioDecoderConfig, samples: number): AudioDecoderConfig {
  if (config.description === undefined) return config
  const description = bytesOf(config.description)
  new DataView(description.buffer).setUint16(preSkipAt, samples, true)
  return { ...config, description }
}

/** A copy. */
function bytesOf(source: NonNullable<AudioDecoderConfig['description']>): Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(source)
    ? Uint8Array.from(new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
    : Uint8Array.from(new Uint8Array(source))
}

import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { codecDelayIn } from '../../src/node/video/codec-delay.ts'

const id = (hex: string) => Buffer.from(hex, 'hex')

/** An element, with its length in one byte, or in eight as ffmpeg writes what it fills in later. */
function element(hex: string, content: Uint8Array, length: 1 | 8 = 1): Buffer {
  const size =
    length === 1 ? Buffer.of(0x80 | content.length) : Buffer.of(1, 0, 0, 0, 0, 0, 0, content.length)
  return Buffer.concat([id(hex), size, content])
}

const number = (value: number) => element('d7', Buffer.of(value))
const delay = element('56aa', Buffer.of(0x01, 0x45, 0x85, 0x55))
const entry = (...content: Buffer[]) => element('ae', Buffer.concat(content))
const tracks = element('1654ae6b', Buffer.concat([entry(number(1)), entry(number(2), delay)]))
const head = element('1a45dfa3', Buffer.of(0x42, 0x86, 0x81, 1))
const filler = element('ec', Buffer.alloc(20), 8)

const delayIn = (...parts: Buffer[]) => codecDelayIn(memorySource(Buffer.concat(parts), 'film.mkv'), 2)
const ofSegment = (...content: Buffer[]) => delayIn(head, element('18538067', Buffer.concat(content), 8))

describe('the delay of a track', () => {
  test('is found behind what lies before it, however lengths are written', () => {
    expect(ofSegment(tracks)).toBeCloseTo(1024 / 48_000, 9)
    expect(ofSegment(filler, tracks)).toBeCloseTo(1024 / 48_000, 9)
    // A length that was not known when it was written.
    const endless = Buffer.concat([id('18538067'), Buffer.of(0x01, ...Array(7).fill(0xff))])
    expect(delayIn(head, endless, filler, tracks)).toBeCloseTo(1024 / 48_000, 9)
  })

  test('is not known where the file does not tell, or is none', () => {
    expect(ofSegment(element('1654ae6b', entry(number(2))))).toBeUndefined()
    expect(ofSegment(element('1f43b675', Buffer.alloc(2)), tracks)).toBeUndefined()
    expect(delayIn(Buffer.from('not a file of Matroska at all'))).toBeUndefined()
    expect(delayIn()).toBeUndefined()
  })

  test('is looked for in no more than there is, wherever a file is cut or changed', () => {
    const whole = Buffer.concat([head, element('18538067', Buffer.concat([filler, tracks]), 8)])
    for (let at = 0; at < whole.length; at++) {
      const told = [delayIn(whole.subarray(0, at))]
      for (const value of [0, 0xff, whole[at]! ^ 0x80]) {
        const changed = Buffer.from(whole)
        changed[at] = value
        told.push(delayIn(changed))
      }
      for (const seconds of told) if (seconds !== undefined) expect(seconds).toBeGreaterThanOrEqual(0)
    }
  })
})

import fc from 'fast-check'
import * as mb from 'mediabunny'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { headLength } from '../../src/shared/clip.ts'
import { videoFacts } from '../../src/shared/video.ts'
import { codedInH264, contained, mp4, steady } from '../clips/drawn-video.ts'

const formats = {
  mp4,
  fragmented: () => new mb.Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: 0.2 }),
  mov: () => new mb.MovOutputFormat({ fastStart: false }),
  mkv: () => new mb.MkvOutputFormat({ minimumClusterDuration: 0.2 }),
} as const
type Form = keyof typeof formats

const files = new Map<Form, Uint8Array>()
beforeAll(async () => {
  const coded = await codedInH264(20)
  for (const form of Object.keys(formats) as Form[]) {
    files.set(form, await contained(coded, { format: formats[form](), times: steady(20, 30) }))
  }
})

/** Facts that hold together, or a refusal. */
async function read(bytes: Uint8Array): Promise<void> {
  const file = { name: 'film', head: bytes.subarray(0, headLength), source: new mb.BufferSource(bytes) }
  try {
    const { times, duration, missing, timescale, width, height } = await videoFacts(file)
    expect(times.length).toBeGreaterThan(0)
    expect(times.every((time, i) => Number.isSafeInteger(time) && time > (times[i - 1] ?? -1))).toBe(true)
    expect(duration).toBeGreaterThanOrEqual(times.at(-1)!)
    expect([missing >= 0, timescale > 0, width > 0, height > 0]).toEqual([true, true, true, true])
  } catch (error) {
    expect(error).toBeInstanceOf(MienError)
    expect((error as MienError).hint).toMatch(/\.$/)
  }
}

afterEach(() => void vi.restoreAllMocks())

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const form = fc.constantFrom(...(Object.keys(formats) as Form[]))

test('a video that is cut anywhere has fewer frames or is refused', async () => {
  await fc.assert(
    fc.asyncProperty(form, share, (form, at) => {
      const bytes = files.get(form)!
      return read(bytes.subarray(0, at * bytes.length))
    }),
    { numRuns: 400 },
  )
})

test('a video with changed bytes has frames that hold together or is refused', async () => {
  const changes = fc.array(fc.tuple(share, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(form, changes, fc.boolean(), (form, changes, inHead) => {
      const bytes = Uint8Array.from(files.get(form)!)
      const reach = inHead ? Math.min(1500, bytes.length) : bytes.length
      for (const [at, value] of changes) bytes[Math.floor(at * reach)] = value
      return read(bytes)
    }),
    { numRuns: 1500 },
  )
})

test('a forged index that takes too long to go through is left', async () => {
  const bytes = Buffer.from(files.get('mp4')!)
  // So many frames of one tick; going through them would take hours.
  const at = bytes.lastIndexOf('stts') + 8
  for (const [i, value] of [1, 0x7fffffff, 1].entries()) bytes.writeUInt32BE(value, at + 4 * i)
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now++)
  const file = { name: 'film', head: bytes.subarray(0, headLength), source: new mb.BufferSource(bytes) }
  await expect(videoFacts(file)).rejects.toThrow('film announces more frames than Mien takes.')
})

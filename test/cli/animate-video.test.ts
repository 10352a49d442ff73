import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { openClip } from '../../src/node/clips/clip.ts'
import { openFilmWriter } from '../../src/node/video/film-writer.ts'
import { countedSound, rate, soundIn } from '../clips/drawn-sound.ts'
import { photographs } from '../golden/face-api.ts'
import { hasChromium } from '../web/studio.ts'
import { jsonOf, mien, temporaryFolder } from './mien.ts'
import { pannedPhotograph, pannedSize } from './panned-photograph.ts'

const timescale = 30_000

/** When frames begin, in ticks: at 29.97 a second, but for one that stays for three. */
const times = [0, 1, 2, 5, 6, 7, 8, 9, 10].map((frame) => frame * 1001)
const end = 11 * 1001

/** A face in a video that was filmed lying, with sound, and that ends before it announces to. */
async function clipOfFace(folder: string): Promise<string> {
  const lying = { width: pannedSize.height, height: pannedSize.width }
  const silent = join(folder, 'silent.mp4')
  const writer = await openFilmWriter(silent, { ...lying, format: 'mp4', timescale })
  for (const [i, rgb] of (await pannedPhotograph(times.length)).entries()) {
    const upright = sharp(rgb, { raw: { ...pannedSize, channels: 3 } })
    const data = new Uint8Array(await upright.rotate(270).raw().toBuffer())
    await writer.add({ ...lying, data }, times[i]!, (times[i + 1] ?? end) - times[i]!)
  }
  await writer.finish()

  const input = new mb.Input({ source: new mb.FilePathSource(silent), formats: [mb.MP4] })
  const track = (await input.getPrimaryVideoTrack())!
  const target = new mb.BufferTarget()
  const output = new mb.Output({ format: new mb.Mp4OutputFormat({ fastStart: 'in-memory' }), target })
  const [pictures, sounds] = [new mb.EncodedVideoPacketSource('avc'), new mb.EncodedAudioPacketSource('aac')]
  // What comes last is lost.
  output.addAudioTrack(sounds)
  output.addVideoTrack(pictures, { frameRate: timescale, rotation: 90 })
  await output.start()
  const decoderConfig = (await track.getDecoderConfig())!
  for await (const packet of new mb.EncodedPacketSink(track).packets()) {
    await pictures.add(packet, { decoderConfig })
  }
  const sound = countedSound('aac', 16)
  for (const packet of sound.packets) await sounds.add(packet, { decoderConfig: sound.config })
  await output.finalize()
  input.dispose()
  const path = join(folder, 'clip.mp4')
  const bytes = new Uint8Array(target.buffer!)
  writeFileSync(path, bytes.subarray(0, bytes.length - 100))
  return path
}

test.runIf(hasChromium)('a film of a video has its times and its sound', async () => {
  const folder = temporaryFolder()
  const driver = await clipOfFace(folder)
  const { facts } = await openClip(driver)
  expect(facts).toMatchObject({ ...pannedSize, codec: 'avc', rotation: 90, timescale })
  expect(facts.missing).toBeGreaterThan(0)
  const look = join(folder, 'look.jpg')
  writeFileSync(look, await sharp(readFileSync(photographs[2]!)).resize(600).jpeg().toBuffer())
  const out = join(folder, 'out')
  const made = await mien([
    ...['animate', '--look', look, '--look-face', '1', '--driver', driver, '--from', '0.03'],
    ...['--out', out, '--json'],
  ])
  const count = facts.times.length - 1
  expect(jsonOf(made)).toMatchObject({ out, frames: count, stopped: false, lost: [] })
  expect(made.stderr).toMatch(/clip\.mp4 was cut short: the last 0\.\d of its 0\.4 seconds are missing/)
  expect(existsSync(join(out, 'film.mp4'))).toBe(true)
  const film = (await openClip(join(out, 'film.mp4'))).facts
  expect(film.timescale).toBe(timescale)
  expect(film.times).toEqual(times.slice(1, count + 1).map((time) => time - 1001))
  expect(film.duration).toBe(facts.duration - 1001)

  const [got, source] = [(await soundIn(join(out, 'film.mp4')))!, (await soundIn(driver))!]
  expect(got.packets.length).toBeGreaterThan(count)
  for (const [i, packet] of got.packets.entries()) {
    const same = source.packets[i]!
    expect(Buffer.compare(packet.data, same.data)).toBe(0)
    expect(Math.abs(packet.timestamp + 1001 / timescale - same.timestamp)).toBeLessThanOrEqual(1.001 / rate)
  }
})

import { expect, test } from 'vitest'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { searchFingerprint, tuningFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import { tinyPicture } from '../crash/tiny-run.ts'

const hashes = { generator: ['a'], landmarks: ['b'], perceptual: ['c'] }
const of = (more: object, moreHashes: object = {}, label?: number) =>
  searchFingerprint(
    { ...referenceSettings, ...more },
    { ...hashes, ...moreHashes },
    tinyPicture('look'),
    tinyPicture('landmarks'),
    label,
  )

test('a search with confidence, a mask, a short memory or a truncated start is another one', () => {
  expect(of({ confidence: false })).toEqual(of({}))
  expect(of({ startTruncation: 0 })).toEqual(of({}))
  const starts = [{ startTruncation: 0.5 }, { startTruncation: 1 }]
  const settings = [
    {},
    { confidence: true },
    { landmarkMask: 0.5 },
    { landmarkMask: 1 },
    { shortMemory: true },
    { quasiNewton: true },
    ...starts,
  ]
  expect(new Set(settings.map((more) => of(more).settings)).size).toBe(settings.length)
})

test('so is one with a discriminator, by its weight and by its file', () => {
  const weights = { ...referenceSettings.weights, discriminator: 1 }
  expect(of({ weights }).settings).not.toBe(of({}).settings)
  const models = [{}, { discriminator: ['d'] }, { discriminator: ['e'] }, { recognition: ['d'] }]
  expect(new Set(models.map((more) => of({}, more).models)).size).toBe(models.length)
})

test('and one of another class of the same generator, also where it is tuned', () => {
  const classes = [undefined, 0, 1, 2]
  expect(new Set(classes.map((label) => of({}, {}, label).models)).size).toBe(classes.length)
  const picture = { name: 'look.png', sha256: 'a', bytes: new Uint8Array() }
  const look = { picture, quad: wholeQuad(64), points: [] }
  const tuned = classes.map((label) => {
    const generator = [{ path: 'g.pkl', ...(label !== undefined && { class: label }) }]
    const parameters = {
      models: { generator, landmarks: [], perceptual: [] },
      faces: { look, mouths: [], shares: [] },
      settings: referenceSettings,
      execution: { provider: 'cpu' },
    } as const
    return tuningFingerprint(parameters, hashes).models
  })
  expect(new Set(tuned).size).toBe(classes.length)
})

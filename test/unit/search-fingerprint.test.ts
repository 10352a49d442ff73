import { expect, test } from 'vitest'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { searchFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import { tinyPicture } from '../crash/tiny-run.ts'

const hashes = { generator: ['a'], landmarks: ['b'], perceptual: ['c'] }
const of = (more: object, moreHashes: object = {}) =>
  searchFingerprint(
    { ...referenceSettings, ...more },
    { ...hashes, ...moreHashes },
    tinyPicture('look'),
    tinyPicture('landmarks'),
  )

test('a search with confidence, a mask or a truncated start is another one', () => {
  expect(of({ confidence: false })).toEqual(of({}))
  expect(of({ startTruncation: 0 })).toEqual(of({}))
  const starts = [{ startTruncation: 0.5 }, { startTruncation: 1 }]
  const settings = [{}, { confidence: true }, { landmarkMask: 0.5 }, { landmarkMask: 1 }, ...starts]
  expect(new Set(settings.map((more) => of(more).settings)).size).toBe(settings.length)
})

test('so is one with a discriminator, by its weight and by its file', () => {
  const weights = { ...referenceSettings.weights, discriminator: 1 }
  expect(of({ weights }).settings).not.toBe(of({}).settings)
  const models = [{}, { discriminator: ['d'] }, { discriminator: ['e'] }, { recognition: ['d'] }]
  expect(new Set(models.map((more) => of({}, more).models)).size).toBe(models.length)
})

import { describe, expect, test } from 'vitest'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import {
  fraction,
  groupWeightList,
  openingStrengths,
  seedList,
  weightNumber,
  wholeNumber,
} from '../../src/node/cli/arguments.ts'
import { clockDuration, spokenDuration } from '../../src/node/cli/duration.ts'
import { weightingOf } from '../../src/node/cli/options.ts'
import { progressDisplay, progressLine } from '../../src/node/cli/progress.ts'
import { dataFolder } from '../../src/node/host/folders.ts'
import { askedSettings } from '../../src/node/models/asked-settings.ts'
import { parseModelRecord } from '../../src/node/models/record.ts'

describe('arguments', () => {
  test('seeds are numbers and ranges with both ends', () => {
    expect(seedList('0-3')).toEqual([0, 1, 2, 3])
    expect(seedList('5, 7-8,4294967295')).toEqual([5, 7, 8, 4294967295])
    for (const text of ['', '-1', '3-1', '1.5', 'a', '4294967296', '1,,2']) {
      expect(() => seedList(text)).toThrow(/seeds/)
    }
  })

  test('weights are finite numbers from 0', () => {
    expect(weightNumber('1e5')).toBe(100_000)
    for (const text of ['', 'NaN', 'Infinity', '-0.1', '1,5', '1e38'])
      expect(() => weightNumber(text)).toThrow()
    expect(groupWeightList('0,1,2,3,4,5,6,7,8.5')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8.5])
    expect(() => groupWeightList('0,1,2,3,4,5,6,7,')).toThrow(/9 numbers/)
    expect(() => groupWeightList('0,1,2,3,4,5,6,7,1e38')).toThrow(/9 numbers/)
  })

  test('fractions are from 0 to 1', () => {
    expect([fraction('0'), fraction('0.25'), fraction('1')]).toEqual([0, 0.25, 1])
    for (const text of ['', '-0.1', '1.01', 'NaN', 'a']) expect(() => fraction(text)).toThrow(/0 to 1/)
  })

  test('openings are three strengths', () => {
    expect(openingStrengths('0,1.5,2')).toEqual([0, 1.5, 2])
    for (const text of ['1,1', '1,1,1,1']) expect(() => openingStrengths(text)).toThrow(/three numbers/)
    for (const text of ['1,,1', '1,1,2.1']) expect(() => openingStrengths(text)).toThrow(/0 to 2/)
  })

  test('whole numbers keep to their range', () => {
    expect(wholeNumber(1, 9)('9')).toBe(9)
    for (const text of ['0', '10', '1e0', '1.0', '']) expect(() => wholeNumber(1, 9)(text)).toThrow()
  })
})

describe('what a model asks for in place of the reference', () => {
  const asking = { weights: { prior: 0.5, landmark: 7 }, landmark_confidence: true, landmark_mask: 0.5 }
  const files = (projection: object) => ({
    generator: [{ path: 'g', init: { projection } }],
    landmarks: [],
    perceptual: [],
  })
  const options = { landmarkWeight: 1, lpipsWeight: 2, noiseWeight: 3, landmarkWeights: [4] }
  const plain = { weights: { perceptual: 2, landmark: 1, noiseReg: 3 }, groupWeights: [4] }
  const withPrior = (prior: number) => ({ ...plain, weights: { ...plain.weights, prior } })

  test('is there unless the flags say otherwise', () => {
    const more = { confidence: true, landmarkMask: 0.5 }
    expect(weightingOf(options, files(asking))).toEqual({ ...withPrior(0.5), ...more })
    expect(weightingOf({ ...options, priorWeight: 0 }, files({ weights: { prior: 1 } }))).toEqual(plain)
    expect(weightingOf({ ...options, landmarkMask: 0 }, files({ landmark_mask: 1 }))).toEqual(plain)
    expect(weightingOf({}, files(asking)).weights).toEqual({
      ...referenceSettings.weights,
      landmark: 7,
      prior: 0.5,
    })
    expect(weightingOf({ ...options, priorWeight: 2 }, files({}))).toEqual(withPrior(2))
    expect(weightingOf({ ...options, landmarkConfidence: true }, files({}))).toEqual({
      ...plain,
      confidence: true,
    })
  })

  test('is passed over where it makes no sense', () => {
    const { weights, groupWeights } = referenceSettings
    const strange = {
      weights: { prior: -1, colour: 'much' },
      group_weights: [1, 2],
      start: 'there',
      landmark_mask: 2,
    }
    expect(weightingOf({}, files(strange))).toEqual({ weights, groupWeights })
    expect(askedSettings(files(strange).generator)).toEqual({
      shortMemory: true,
      quasiNewton: true,
      weights: {},
    })
    expect(askedSettings(files({ start: 'nearest' }).generator).start).toBe('nearest')
  })

  test('is left out by --reference, but for what its own flag asks for', () => {
    const reference = { ...options, reference: true }
    expect(weightingOf(reference, files(asking))).toEqual(plain)
    expect(weightingOf({ ...reference, priorWeight: 2 }, files(asking))).toEqual(withPrior(2))
  })
})

test('durations read well', () => {
  expect([4.24, 42, 185, 7800].map(spokenDuration)).toEqual(['4.2 s', '42 s', '3 min 5 s', '2 h 10 min'])
  expect([0, 42, 185, 7800].map(clockDuration)).toEqual(['0:00', '0:42', '3:05', '2:10:00'])
})

describe('progress', () => {
  const terms = { perceptual: 0.3, landmark: 4, noiseReg: 0.1, loss: 0.5 }

  test('a line says step, share, terms and time left', () => {
    expect(progressLine({ step: 120, steps: 1000, terms, secondsLeft: 151 }, false)).toBe(
      'step  120/1000   12 %  2:31 left  loss 0.5000  look 0.3000  landmarks 4.000',
    )
    expect(progressLine({ step: 1, steps: 2, terms, secondsLeft: Number.NaN }, true)).not.toMatch(/left|NaN/)
  })

  test('a log gets the first and the last step, and few between', () => {
    const lines: string[] = []
    const terminal = {
      interactive: false,
      print: () => undefined,
      status: () => expect.unreachable(),
      tell: (line: string) => lines.push(line),
    }
    const { progress, stage } = progressDisplay(terminal)
    stage('models')
    for (let step = 1; step <= 500; step++) progress({ step, steps: 500, terms, secondsLeft: 1 })
    expect(lines.map((line) => line.slice(0, 12))).toEqual(['step   1/500', 'step 500/500'])
  })
})

describe('the data folder', () => {
  const at = (said: string, ofAccount = '/home/of-account') => ({
    said: () => said,
    ofAccount: () => ofAccount,
  })
  const nowhere = {
    said: () => '',
    ofAccount(): string {
      throw new Error('no such user')
    },
  }

  test('follows the system, MIEN_HOME overrides it', () => {
    expect(dataFolder({ MIEN_HOME: '/m' }, 'linux')).toBe('/m')
    expect(dataFolder({ MIEN_HOME: '/m' }, 'linux', nowhere)).toBe('/m')
    expect(dataFolder({ XDG_DATA_HOME: '/d' }, 'linux', nowhere)).toBe('/d/mien')
    expect(dataFolder({}, 'linux', at('/home/me'))).toBe('/home/me/.local/share/mien')
    expect(dataFolder({ LOCALAPPDATA: 'L:\\l' }, 'win32', nowhere)).toBe('L:\\l\\Mien')
    expect(dataFolder({}, 'win32', at('C:\\me'))).toBe('C:\\me\\AppData\\Local\\Mien')
    expect(dataFolder({}, 'darwin', at('/Users/me'))).toBe('/Users/me/Library/Application Support/Mien')
  })

  test.each([
    ['linux', { XDG_DATA_HOME: '' }, '', '/home/of-account/.local/share/mien'],
    ['linux', { XDG_DATA_HOME: 'data' }, 'home', '/home/of-account/.local/share/mien'],
    ['linux', { XDG_DATA_HOME: './data' }, '/home/me', '/home/me/.local/share/mien'],
    ['darwin', {}, '', '/home/of-account/Library/Application Support/Mien'],
  ] as const)(
    'is never relative to the current folder: %s, %o, home "%s"',
    (platform, given, home, folder) => {
      expect(dataFolder(given, platform, at(home))).toBe(folder)
    },
  )

  test.each([{ LOCALAPPDATA: '' }, { LOCALAPPDATA: 'l' }, {}])('nor on Windows with %o', (given) => {
    expect(dataFolder(given, 'win32', at('', 'C:\\account'))).toBe('C:\\account\\AppData\\Local\\Mien')
  })

  test('is asked for where there is none', () => {
    expect(() => dataFolder({}, 'linux', nowhere)).toThrow(
      expect.objectContaining({ code: 'wrong-use', hint: expect.stringContaining('MIEN_HOME') }),
    )
  })
})

describe('model.json', () => {
  const sha256 = 'a'.repeat(64)
  const good = { id: 'x', name: 'X', files: { generator: { file: 'g.safetensors', sha256 } }, defaults: {} }

  test('gives what is known and drops the rest', () => {
    expect(parseModelRecord(JSON.stringify(good), 'p')).toEqual({ id: 'x', name: 'X', files: good.files })
  })

  test('keeps the arguments of the networks', () => {
    const networks = { generator: { mapping_kwargs: { lr_multiplier: 1 } } }
    expect(parseModelRecord(JSON.stringify({ ...good, networks }), 'p').networks).toEqual(networks)
  })

  test.each([
    ['{', 'not'],
    ['[]', 'a list'],
    [JSON.stringify({ ...good, id: '../x' }), 'an id that leaves the folder'],
    [JSON.stringify({ ...good, files: undefined }), 'no files'],
    [JSON.stringify({ ...good, files: { unheard: good.files.generator } }), 'no file of a known network'],
    [JSON.stringify({ ...good, format: 'new' }), 'a format that is no number'],
    [JSON.stringify({ ...good, files: { generator: { file: '../g', sha256 } } }), 'a file elsewhere'],
    [JSON.stringify({ ...good, files: { generator: { file: 'g', sha256: 'b' } } }), 'no hash'],
  ])('%s is refused', (text) => {
    expect(() => parseModelRecord(text, 'p')).toThrow(/does not describe a model/)
  })
})

import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { MienError } from '../../src/engine/errors.ts'
import { malformedZips, soundZips } from './zip-cases.ts'

function read(file: Uint8Array): number[] {
  const { networks } = openCheckpoint(memorySource(file, 'file.pth'))
  return [...networks[0]!.weights.values()].flatMap((stored) => [...stored.float32().data])
}

describe('archives of real writers are read', () => {
  test.for(Object.entries(soundZips))('%s', ([, file]) => expect(read(file)).toEqual([1]))
})

describe('malformed archives are refused', () => {
  test('there are at least 40', () => expect(Object.keys(malformedZips).length).toBeGreaterThanOrEqual(40))

  test.for(Object.entries(malformedZips))('%s', ([, [file, message]]) => {
    let error: unknown
    try {
      read(file)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(MienError)
    expect(error).toMatchObject({
      code: 'bad-file',
      message: expect.stringMatching(message),
      place: { file: 'file.pth' },
    })
  })
})

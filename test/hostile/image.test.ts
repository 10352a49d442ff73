import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleChild, type Child } from './child-process.ts'
import { imageBombs, largeBombs } from './image-bombs.ts'

interface Outcome {
  readonly code: string
  readonly message: string
  readonly milliseconds: number
  readonly mebibytes: number
}

let child: Child
beforeAll(async () => {
  child = await bundleChild('image-child.ts')
})
afterAll(() => child.dispose())

function decoded(task: string, bytes: Buffer): Outcome {
  const file = join(child.folder, 'bomb')
  writeFileSync(file, bytes)
  return child.run<Outcome>(task, file)
}

describe('pictures that would grow cost at most one second and 300 MiB of the whole process', async () => {
  const bombs = await imageBombs()
  test('there are at least 24', () => expect(bombs.length).toBeGreaterThanOrEqual(24))

  describe.each(['whole', 'search'])('decoded for %s', (task) => {
    test.for(bombs)('$title', ({ title, bytes, refused }) => {
      const outcome = decoded(task, bytes)
      if (process.env.MIEN_PRINT) console.log(title, outcome)
      expect(outcome.code, outcome.message).toMatch(refused ? /^bad-image$/ : /^(bad-image|decoded)$/)
      expect(outcome.milliseconds).toBeLessThan(1000)
      expect(outcome.mebibytes).toBeLessThan(300)
    })
  })
})

describe('large pictures are scaled down within bounds of time and memory', () => {
  test.for(largeBombs())('$title', ({ title, bytes, mebibytes }) => {
    const outcome = decoded('whole', bytes)
    if (process.env.MIEN_PRINT) console.log(title, outcome)
    expect(outcome).toMatchObject({ code: 'decoded', message: '8192 x 8192' })
    expect(outcome.milliseconds).toBeLessThan(10_000)
    expect(outcome.mebibytes).toBeLessThan(mebibytes)
  })
})

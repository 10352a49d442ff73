import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleChild, type Child } from './child-process.ts'
import { imageBombs } from './image-bombs.ts'

interface Outcome {
  readonly code: string
  readonly message: string
  readonly milliseconds: number
  readonly mebibytes: number
}

describe('pictures that would grow cost at most one second and 300 MiB of the whole process', async () => {
  const bombs = await imageBombs()
  let child: Child
  beforeAll(async () => {
    child = await bundleChild('image-child.ts')
  })
  afterAll(() => child.dispose())

  test('there are at least 24', () => expect(bombs.length).toBeGreaterThanOrEqual(24))

  describe.each(['whole', 'search'])('decoded for %s', (task) => {
    test.for(bombs)('$title', ({ title, bytes, refused }) => {
      const file = join(child.folder, 'bomb')
      writeFileSync(file, bytes)
      const outcome = child.run<Outcome>(task, file)
      if (process.env.MIEN_PRINT) console.log(title, outcome)
      expect(outcome.code, outcome.message).toMatch(refused ? /^bad-image$/ : /^(bad-image|decoded)$/)
      expect(outcome.milliseconds).toBeLessThan(1000)
      expect(outcome.mebibytes).toBeLessThan(300)
    })
  })
})

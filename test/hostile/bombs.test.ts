import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bombs } from './bombs.ts'
import { bundleChild, type Child } from './child-process.ts'

interface Outcome {
  readonly code: string
  readonly message: string
  readonly milliseconds: number
  readonly mebibytes: number
}

describe('files that would grow are refused within one second and 128 MiB of the whole process', () => {
  let child: Child
  beforeAll(async () => {
    child = await bundleChild()
  })
  afterAll(() => child.dispose())

  test('there are at least 20', () => expect(bombs.length).toBeGreaterThanOrEqual(20))

  test.for(bombs)('$title', ({ title, code, make }) => {
    const file = join(child.folder, 'bomb')
    writeFileSync(file, make())
    const outcome = child.run<Outcome>('read', file)
    if (process.env.MIEN_PRINT) console.log(title, outcome)
    expect(outcome.code, outcome.message).toBe(code)
    expect(outcome.milliseconds).toBeLessThan(1000)
    expect(outcome.mebibytes).toBeLessThan(128)
  })
})

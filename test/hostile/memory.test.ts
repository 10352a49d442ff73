import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeLargeArchive, writeLargePickle } from '../bench/large-checkpoint.ts'
import { full } from '../full.ts'
import { bundleChild, type Child } from './child-process.ts'

const tensors = 86

describe.skipIf(!full)('a checkpoint of 360 MB is read whole in less than 900 MB', () => {
  let child: Child
  beforeAll(async () => {
    child = await bundleChild()
  })
  afterAll(() => child.dispose())

  test.for([
    ['a torch archive', writeLargeArchive],
    ['a pickle of NVIDIA', writeLargePickle],
  ] as const)('%s', ([title, write]) => {
    const file = join(child.folder, 'large')
    write(file, tensors)
    const { size } = statSync(file)
    expect(size).toBeGreaterThan(360e6)
    const outcome = child.run<{ code: string; tensors: number; mebibytes: number; milliseconds: number }>(
      'read',
      file,
    )
    const megabytes = outcome.mebibytes * 1.048576
    console.log(
      `${title}: ${size} bytes, ${megabytes.toFixed(0)} MB at most, ${outcome.milliseconds.toFixed(0)} ms`,
    )
    expect(outcome).toMatchObject({ code: 'read', tensors })
    expect(megabytes).toBeLessThan(900)
  })
})

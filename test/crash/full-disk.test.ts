import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import { fill, mayMount, smallDisk } from './small-disk.ts'
import { engine, recoveryIn, resultBytes, tinyOrder, untouchedRun } from './tiny-run.ts'

/** More than a run asks for before it begins. */
const mebibytes = 170

describe.skipIf(!mayMount)('a disk that becomes full (needs Linux and leave to mount)', () => {
  let untouched: Awaited<ReturnType<typeof untouchedRun>>
  beforeAll(async () => {
    untouched = await untouchedRun({ steps: 60 })
  })

  // Some steps after the snapshot of step 25, which is on its way to the disk while the next ones are made.
  test.each([
    ['at a snapshot', 40, 20_000],
    ['at the results', 60, 4096],
  ] as const)('%s ends the run cleanly, which goes on once there is space', async (_when, step, spare) => {
    const disk = smallDisk(mebibytes)
    const folder = join(disk, 'run')
    let ballast: string | undefined
    const running = await startRun(engine, tinyOrder(folder, { steps: 60 }), {
      progress(progress) {
        if (progress.step === step) ballast = fill(disk, spare)
      },
    })
    await expect(running.finished).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(/the disk is full/),
      hint: expect.stringMatching(/Free some space/),
    })
    // Neither an engine nor the file system needs more than what is there to open what was kept.
    const kept = await recoveryIn(folder)
    // Of step 25, or of an earlier one on a machine that took five seconds to it.
    expect((await kept.resumePoint()).snapshot!.step).toBeGreaterThan(0)
    await kept.close()
    await expect(resumeRun(engine, folder)).rejects.toThrow(/are free, .* are needed/)
    rmSync(ballast!)
    const { outcome } = await (await resumeRun(engine, folder)).finished
    expect(outcome).toMatchObject({ steps: 60, stopped: false })
    expect(resultBytes(folder)).toEqual(untouched.bytes)
  })
})

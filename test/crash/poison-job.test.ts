import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import { mien } from '../cli/mien.ts'
import { engine, faultyEngine, inTurn, recoveryIn, temporaryFolder, tiny64, tinyOrder } from './tiny-run.ts'

const neverStarted = () => {
  throw new Error('an engine was started')
}

describe('a job that is poison', () => {
  test.each([
    ['in every step after a snapshot', 'progress', 30, 'after step \\d+'],
    ['while it loads', 'stage', 2, 'before its first snapshot'],
  ] as const)('%s is put aside after two crashes, and stays so', async (_when, kind, count, where) => {
    const folder = join(temporaryFolder(), 'run')
    const at = kind === 'progress' ? [count, 1] : [count, count]
    const spawn = inTurn(...at.map((n) => faultyEngine('abort', kind, n)))
    const running = await startRun(spawn, tinyOrder(folder, { steps: 60 }))
    const reason = expect.stringMatching(
      new RegExp(
        `^The run is put aside: it failed 2 times ${where}\\. The engine process ended unexpectedly: .*SIGABRT`,
      ),
    )
    await expect(running.finished).rejects.toMatchObject({ code: 'device', message: reason })
    expect(spawn.started).toBe(2)
    for (let start = 0; start < 10; start++) {
      const again = await resumeRun(neverStarted, folder)
      await expect(again.finished).rejects.toMatchObject({ code: 'device', message: reason })
    }
    const { code, stderr } = await mien(['project', '--resume', folder])
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('put aside') })
  })

  test('that takes Mien with it is put aside by what was written before it began', async () => {
    const folder = join(temporaryFolder(), 'run')
    const running = await startRun(faultyEngine('abort', 'stage', 1), tinyOrder(folder, { steps: 5 }))
    await expect(running.finished).rejects.toMatchObject({ code: 'device' })
    const path = join(folder, 'run.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    // As a process leaves it that ended in the middle, twice.
    for (const attempt of record.attempts) delete attempt.end
    for (const [index, attempt] of record.attempts.entries()) {
      attempt.pid = 2 ** 30
      if (index === 0) attempt.end = { how: 'crashed', reason: 'Mien ended while it ran', at: 0 }
    }
    writeFileSync(path, JSON.stringify(record))
    const again = await resumeRun(neverStarted, folder)
    await expect(again.finished).rejects.toThrow(/put aside: it failed 2 times .* Mien ended while it ran/)
  })
})

interface EditedRecord {
  readonly order: { readonly settings: object; readonly files: object }
  readonly attempts: readonly [object]
}

describe('what cannot be resumed says why', () => {
  const kept = mkdtempSync(join(tmpdir(), 'mien-crash-'))
  beforeAll(async () => {
    const running = await startRun(engine, tinyOrder(kept, { steps: 60 }), {
      progress: ({ step }) => step === 30 && running.stop(),
    })
    expect((await running.finished).outcome.stopped).toBe(true)
  })
  afterAll(() => rmSync(kept, { recursive: true, force: true }))

  /** A run that was stopped after thirty steps. */
  function stopped(): string {
    const folder = join(temporaryFolder(), 'run')
    cpSync(kept, folder, { recursive: true })
    return folder
  }

  const edited = (folder: string, edit: (record: EditedRecord) => void) => {
    const path = join(folder, 'run.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    edit(record)
    writeFileSync(path, JSON.stringify(record))
  }

  test.each<[string, (folder: string) => void, number, RegExp]>([
    [
      'settings',
      (folder) => edited(folder, ({ order }) => Object.assign(order.settings, { seed: 9 })),
      3,
      /The settings changed/,
    ],
    [
      'models',
      (folder) =>
        edited(folder, ({ order }) => {
          Object.assign(order.files, { perceptual: [{ path: join(tiny64, 'vgg16-lpips.pt') }] })
        }),
      3,
      /The models changed/,
    ],
    [
      'a picture',
      (folder) => {
        const { order } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))
        writeFileSync(join(folder, 'recovery', 'pictures', order.look.sha256), 'other')
      },
      3,
      /The picture look\.png changed/,
    ],
    [
      'a damaged record',
      (folder) => writeFileSync(join(folder, 'run.json'), '{"version":1'),
      3,
      /does not describe a run/,
    ],
    [
      'damaged snapshots',
      (folder) => {
        for (const slot of ['snapshot-0', 'snapshot-1']) {
          const path = join(folder, 'recovery', slot)
          const bytes = readFileSync(path)
          bytes[1000]! ^= 1
          writeFileSync(path, bytes)
        }
      },
      3,
      /is no snapshot, or it is damaged/,
    ],
    [
      'a run under way',
      (folder) =>
        edited(folder, ({ attempts }) => Object.assign(attempts[0], { end: undefined, pid: process.pid })),
      2,
      /under way in process/,
    ],
  ])('%s', async (_what, spoil, exitCode, words) => {
    const folder = stopped()
    spoil(folder)
    const kept = () => {
      const text = readFileSync(join(folder, 'run.json'), 'utf8')
      return /^\{"version":1$/.test(text) ? text : { ...JSON.parse(text), attempts: [] }
    }
    const before = kept()
    const { code, stderr } = await mien(['project', '--resume', folder])
    expect({ code, stderr }).toMatchObject({ code: exitCode, stderr: expect.stringMatching(words) })
    expect(kept()).toEqual(before)
    expect(existsSync(join(folder, 'recovery', 'pictures'))).toBe(true)
  })

  test('one damaged snapshot is passed over for the one before', async () => {
    const folder = stopped()
    const recovery = await recoveryIn(folder)
    const newest = (await recovery.resumePoint()).snapshot!
    await recovery.close()
    const slots = ['snapshot-0', 'snapshot-1'].map((name) => join(folder, 'recovery', name))
    const slot = slots.find((path) => readFileSync(path).equals(newest.bytes))
    writeFileSync(slot!, newest.bytes.subarray(0, 5000))
    const reopened = await recoveryIn(folder)
    const older = (await reopened.resumePoint()).snapshot!
    await reopened.close()
    const made: number[] = []
    const running = await resumeRun(engine, folder, { progress: ({ step }) => made.push(step) })
    expect((await running.finished).outcome).toMatchObject({ steps: 60, stopped: false })
    expect(newest.step).toBeGreaterThanOrEqual(30)
    expect(older.step).toBeLessThan(newest.step)
    expect(made[0]).toBe(older.step + 1)
  })

  test('a run that is done, and a folder that holds none', async () => {
    const folder = join(temporaryFolder(), 'run')
    await (await startRun(engine, tinyOrder(folder, { steps: 2 }))).finished
    for (const [path, what] of [
      [folder, 'holds a run that is over'],
      [temporaryFolder(), 'holds no run'],
      [join(folder, 'missing'), 'does not exist'],
    ] as const) {
      const { code, stderr } = await mien(['project', '--resume', path])
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`There is nothing to resume: ${path} ${what}.`),
      })
    }
    const { code, stderr } = await mien(['project', '--resume', folder, '--steps', '7'])
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--steps cannot change it') })
  })
})

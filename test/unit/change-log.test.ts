import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Change, RecordedChange } from '../../src/engine/projection/changes.ts'
import { openChangeLog, readChangeLog } from '../../src/node/runs/record/changes.ts'
import { temporaryFolder } from '../crash/tiny-run.ts'

const hold: Change = { kind: 'hold' }
const finish: Change = { kind: 'finish', after: 3 }
const made = (step: number, change: Change): RecordedChange => ({ step, change })

describe('the log of changes', () => {
  test('keeps what is not answered, known by its id and not by what it says', async () => {
    const folder = temporaryFolder()
    const log = await openChangeLog(folder, [])
    for (const ask of ['a', 'b', 'c', 'd', 'e']) await log.ask({ ask, change: hold })
    await log.make(made(4, hold), ['b', 'c'])
    await log.refuse('d')
    const left = [
      { ask: 'a', change: hold },
      { ask: 'e', change: hold },
    ]
    expect(log.unanswered).toEqual(left)
    await log.close()
    const again = await openChangeLog(folder, [])
    expect(again.unanswered).toEqual(left)
    expect(again.made).toEqual([made(4, hold)])
    await again.ask({ ask: 'f', change: finish })
    await again.make(made(6, finish), ['f', 'a'])
    await again.close()
    expect(await readChangeLog(folder)).toEqual({
      made: [made(4, hold), made(6, finish)],
      unanswered: [left[1]],
    })
  })

  test('of an older Mien has no ids, and is continued', async () => {
    const folder = temporaryFolder()
    const old = [made(0, finish), made(5, hold)]
    writeFileSync(join(folder, 'changes.ndjson'), old.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const log = await openChangeLog(folder, [])
    expect(log).toMatchObject({ made: old, unanswered: [] })
    await log.make(made(7, finish), [])
    await log.close()
    expect(await readChangeLog(folder)).toEqual({ made: [...old, made(7, finish)], unanswered: [] })
    // What nobody asked for looks as it always did.
    expect(readFileSync(join(folder, 'changes.ndjson'), 'utf8').split('\n')[2]).toBe(
      JSON.stringify(made(7, finish)),
    )
  })

  test('ends before a line that a kill cut', async () => {
    const folder = temporaryFolder()
    const log = await openChangeLog(folder, [])
    await log.ask({ ask: 'a', change: hold })
    await log.make(made(1, finish), [])
    await log.close()
    appendFileSync(join(folder, 'changes.ndjson'), '{"step":9,"change":{"ki')
    appendFileSync(join(folder, 'asked.ndjson'), '{"ask":"b","cha')
    const again = await openChangeLog(folder, [])
    expect(again.made).toEqual([made(1, finish)])
    expect(again.unanswered).toEqual([{ ask: 'a', change: hold }])
  })

  test('that lost its end says what the snapshot says, and promises nothing more', async () => {
    const folder = temporaryFolder()
    const log = await openChangeLog(folder, [])
    await log.ask({ ask: 'a', change: hold })
    await log.close()
    const again = await openChangeLog(folder, [made(2, hold)])
    expect(again).toMatchObject({ made: [made(2, hold)], unanswered: [] })
  })
})

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { batchClock } from '../../src/node/batch/batch-clock.ts'
import type { FoundRun } from '../../src/node/batch/found-runs.ts'
import { jobNames } from '../../src/node/batch/job-names.ts'
import { csvRows, jsonRows, readJobRows } from '../../src/node/batch/job-rows.ts'
import { pairsOf } from '../../src/node/batch/pairs.ts'
import { picturePaths } from '../../src/node/batch/picture-paths.ts'
import { tableOf } from '../../src/node/batch/report.ts'
import type { JobEnd } from '../../src/node/batch/run-job.ts'
import { batchLine } from '../../src/node/cli/batch-lines.ts'

const columns = new Set(['look', 'landmarks', 'name', 'steps', 'landmark-weights'])

/** What CSV is written as, whatever is in its cells. */
const quoted = (cells: readonly string[]) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')

function filled(...paths: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'mien-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), 'x')
  }
  return folder
}

describe('rows of jobs', () => {
  test('a row has the cells that are filled, and the line on which it begins', () => {
    const text = '\ufefflook, landmarks ,name,steps\na.png,b.png,"x, ""y""\nz",\n\nc.png,d.png,,7\n'
    const { rows, faults } = csvRows(text, columns)
    expect(faults).toEqual([])
    expect(rows.map(({ line, cells }) => [line, Object.fromEntries(cells)])).toEqual([
      [2, { look: 'a.png', landmarks: 'b.png', name: 'x, "y"\nz' }],
      [5, { look: 'c.png', landmarks: 'd.png', steps: '7' }],
    ])
  })

  test.each([';', '\t'])('cells may be parted by %j', (mark) => {
    const text = [
      ['look', 'landmarks', 'landmark-weights'],
      ['a', 'b', '1,2,3'],
    ]
      .map((row) => row.join(mark))
      .join('\r\n')
    expect(Object.fromEntries(csvRows(text, columns).rows[0]!.cells)).toEqual({
      ...{ look: 'a', landmarks: 'b', 'landmark-weights': '1,2,3' },
    })
  })

  test('every CSV comes back cell by cell', () => {
    const cell = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map((text) => text.trim())
      .filter((text) => text !== '')
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(cell, cell, cell), { selector: String, maxLength: 6 }),
        (records) => {
          const text = [['look', 'landmarks', 'name'], ...records]
            .map((record) => `${quoted(record)}\n`)
            .join('')
          const { rows } = csvRows(text, columns)
          expect(rows.map(({ cells }) => [...cells.values()])).toEqual(records)
        },
      ),
    )
  })

  test('all that is wrong is named at once', () => {
    const text = 'look,steps,look,stepz\na.png,1,a.png,\na.png,1,a.png,\n,2,,3\nb.png,1\n'
    expect(csvRows(text, columns).faults.map(({ line, column }) => [line, column])).toEqual([
      [1, 'landmarks'],
      [1, 'stepz'],
      [1, 'look'],
      [5, undefined],
      [3, undefined],
      [4, 'look'],
    ])
    expect(csvRows('look,landmarks\na,"b\n', columns).faults).toHaveLength(1)
    expect(csvRows('', columns).faults.map(({ column }) => column)).toEqual(['look', 'landmarks'])
  })

  test('JSON lines may have texts, numbers and booleans', () => {
    const { rows, faults } = jsonRows(
      '{"look":"a","landmarks":"b","steps":3,"name":null}\n\n{"look":["a"],"landmarks":true}\n[1]\n{"look":"a","landmarks":"b","stepz":1}',
      columns,
    )
    expect(rows.map(({ line, cells }) => [line, Object.fromEntries(cells)])).toEqual([
      [1, { look: 'a', landmarks: 'b', steps: '3' }],
      [3, { landmarks: 'true' }],
      [5, { look: 'a', landmarks: 'b' }],
    ])
    expect(faults.map(({ line, column }) => [line, column])).toEqual([
      [3, 'look'],
      [4, undefined],
      [5, 'stepz'],
      [3, 'look'],
    ])
  })

  test('another kind of file is refused', async () => {
    await expect(readJobRows('jobs.txt', columns)).rejects.toMatchObject({ code: 'wrong-use' })
  })
})

describe('pairs', () => {
  test('all: every look with every landmark picture; zip: one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (looks, landmarks) => {
        expect(pairsOf(looks, landmarks, 'all')).toHaveLength(looks.length * landmarks.length)
        if (looks.length !== landmarks.length)
          expect(() => pairsOf(looks, landmarks, 'zip')).toThrow(/come out even/)
        else expect(pairsOf(looks, landmarks, 'zip').map(({ look }) => look)).toEqual(looks)
      }),
    )
  })
})

describe('paths of pictures', () => {
  test('of a folder, its pictures as people number them', async () => {
    const folder = filled('10.png', '9.JPG', '9b.txt', '.hidden.png', 'deep/1.png')
    expect(await picturePaths(folder, 'out')).toEqual(['9.JPG', '10.png'].map((name) => join(folder, name)))
  })

  test('of a pattern, those that it names, without what the batch wrote', async () => {
    const folder = filled('a/face.png', 'b/face.png', 'b/face.txt', 'out/a+a/face.png')
    const found = await picturePaths(`${folder}/**/face.*`, join(folder, 'out'))
    expect(found).toEqual(['a/face.png', 'b/face.png'].map((path) => join(folder, path)))
  })

  test('a file is itself, whatever is in its name', async () => {
    const folder = filled('a (1)[x].bin')
    expect(await picturePaths(join(folder, 'a (1)[x].bin'), 'out')).toEqual([join(folder, 'a (1)[x].bin')])
  })

  test('where there is none, it says so', async () => {
    const folder = filled('a.txt')
    for (const given of [folder, join(folder, '*.png'), join(folder, 'b.png')]) {
      await expect(picturePaths(given, 'out')).rejects.toMatchObject({ code: 'unreadable-file' })
    }
  })
})

describe('names of jobs', () => {
  const of = (...jobs: [look: string, landmarks: string, name?: string | undefined][]) =>
    jobNames(
      jobs.map(([look, landmarks, name]) => ({
        look,
        landmarks,
        given: `${look}|${landmarks}`,
        ...(name && { name }),
      })),
    )

  test('are those that were given, or of both pictures', () => {
    expect(
      of(['x/a.png', 'b.jpg'], ['a', 'b', 'Anna: 1'], ['a', 'c', '=1+1'], ['a', 'd', 'batch.csv']),
    ).toEqual([...['a+b', 'Anna 1', '1+1', 'batch.csv_']])
  })

  test('are told apart where they are equal, each by itself', () => {
    const [one, two] = of(['x/a.png', 'b.jpg'], ['y/a.png', 'B.jpg'])
    expect(one).toMatch(/^a\+b-[0-9a-f]{10}$/)
    expect(of(['q', 'r'], ['y/a.png', 'B.jpg'], ['z/a.png', 'b.jpg'], ['x/a.png', 'b.jpg'])).toEqual([
      ...['q+r', two, expect.any(String), one],
    ])
  })

  test('are different on disks that know no case, and safe everywhere', () => {
    const job = fc.tuple(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'binary' }),
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    )
    fc.assert(
      fc.property(
        fc.uniqueArray(job, { selector: ([look, landmarks]) => `${look}|${landmarks}` }),
        (jobs) => {
          const names = of(...jobs)
          expect(new Set(names.map((name) => name.normalize('NFC').toLowerCase())).size).toBe(names.length)
          for (const name of names) expect(name).toMatch(/^[^-=+@\s./\\:*?"<>|][^/\\:*?"<>|]*$/u)
        },
      ),
      { numRuns: 30 },
    )
  })
})

test('the table can be read again, and a spreadsheet computes nothing of it', () => {
  const end = (name: string, message: string): JobEnd => ({
    job: {
      name,
      look: { path: 'a', alignment: 'none' },
      landmarks: { path: 'b', alignment: 'none' },
    } as JobEnd['job'],
    ...{ folder: name, state: 'failed', facts: null, ran: true },
    failure: { code: 'bad-image', message, hint: null },
  })
  fc.assert(
    fc.property(fc.array(fc.string()), (messages) => {
      const records: Record<string, string>[] = parse(tableOf(messages.map((text, i) => end(`${i}`, text))), {
        columns: true,
      })
      const reasons = records.map(({ reason }) => reason!)
      expect(reasons.map((text) => text.replace(/^'(?=[-=+@\t\r])/, ''))).toEqual(
        messages.map((text) => text.replace(/^'(?=[-=+@\t\r])/, '')),
      )
      for (const reason of reasons) expect(reason).not.toMatch(/^[-=+@\t\r]/)
    }),
  )
})

test('the table says how far a photograph is from its look, and what is to be feared for it', () => {
  const likeness = { kind: 'warp', identity: 0.25, landmarks: 0.03, stretch: 1.5, seconds: 1 } as const
  const facts = { step: 4, device: 'cpu', terms: null, identity: 0.7, seconds: 2 } as const
  const end = {
    ...{ job: { name: 'a', look: { path: 'a' }, landmarks: { path: 'b' } } as JobEnd['job'] },
    ...({ folder: 'a', state: 'done', failure: null, ran: true } as const),
    facts: { ...facts, likeness: { ...likeness, warnings: ['no-mouth'] } },
  } satisfies JobEnd
  const [row] = parse(tableOf([end]), { columns: true }) as Record<string, string>[]
  expect(row).toMatchObject({ identity: '0.7', photograph: '0.25', stretch: '1.5', warnings: 'no-mouth' })
})

describe('the time that is left', () => {
  const job = (steps: number) => ({ name: 'a+b', order: { settings: { steps } } })
  const facts = { step: 4, device: null, terms: null, identity: null, seconds: null, likeness: null }

  test('is what the rest costs if it costs as much', () => {
    let now = 0
    const found: FoundRun[] = [
      { how: 'done', facts },
      { how: 'none' },
      { how: 'none' },
      { how: 'stopped', facts },
    ]
    const clock = batchClock([job(10), job(10), job(10), job(10)], found, () => now)
    const watch = clock.begin(1)
    now = 5
    expect(watch.at(1)).toMatchObject({ over: 1, jobs: 4, step: 11, steps: 40, secondsLeft: undefined })
    now = 7
    // Nine of this, ten of the next, six of the one that was stopped, a second each; and twice five before the first step.
    expect(watch.at(2)).toMatchObject({ secondsLeft: 2 * (8 + 10 + 6) + 2 * 5 })
    now = 23
    watch.at(10)
    now = 25
    watch.end()
    const next = clock.begin(2)
    now = 31
    // Seven seconds beside the steps, of which six are over.
    expect(next.at(1)).toMatchObject({ step: 21, secondsLeft: 2 * (9 + 6) + 1 + 7 })
  })

  test('is in one line with all the rest', () => {
    const progress = { over: 2, jobs: 200, step: 1320, steps: 60000, secondsLeft: 9060 }
    const [one, several] = [['a+b'], ['a+b', 'a+c']].map((running) => batchLine({ ...progress, running }))
    expect(one).toBe('job 3/200  step 1320/60000    2 %  2:31:00 left  a+b')
    expect(several).toBe('2/200 jobs  step 1320/60000    2 %  2:31:00 left  2 running')
  })
})

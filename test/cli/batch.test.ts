import type { ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { type Finished, filesIn, mien, temporaryFolder, tiny64, tinyModels } from './mien.ts'
import { expectRefusal } from './refusal.ts'
import { spoken } from './spoken.ts'

const flags = [...tinyModels, '--no-align', '--provider', 'cpu', '--threads', '1']

/** A folder with pictures in folders of it: what a name ends in is the picture of tiny64 that it is a copy of, or "broken". */
function pictures(...paths: string[]): string {
  const folder = temporaryFolder()
  for (const path of paths) {
    const target = join(folder, path)
    mkdirSync(join(target, '..'), { recursive: true })
    const original = join(tiny64, /landmarks.png$/.test(path) ? 'landmarks.png' : 'look.png')
    copyFileSync(original, target)
    if (path.includes('broken')) writeFileSync(target, readFileSync(original).subarray(0, 200))
  }
  return folder
}

function tableIn(out: string): Record<string, string>[] {
  return parse(readFileSync(join(out, 'batch.csv')), { columns: true })
}

const statesIn = (out: string) => tableIn(out).map(({ name, state }) => `${name} ${state}`)

function linesOf({ stdout }: Finished): Record<string, unknown>[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

const recordIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))

test('a batch that was killed goes on to the same bits, past a broken picture, and keeps what is done', async () => {
  const given = pictures(
    'looks/2-look.png',
    'looks/10-landmarks.png',
    'looks/9-broken.png',
    'smile-landmarks.png',
  )
  const out = join(given, 'out')
  const search = [...flags, '--steps', '40']
  const args = [
    ...['batch', '--looks', join(given, 'looks'), '--landmarks', join(given, 'smile-landmarks.png')],
    ...['--out', out, ...search],
  ]
  const first = join(out, '2-look+smile-landmarks')
  const killed = await mien(args, {
    onText: [
      'step',
      (child) => {
        const timer = setInterval(() => {
          if (!existsSync(join(first, 'recovery', 'snapshot-0'))) return
          clearInterval(timer)
          child.kill('SIGKILL')
        }, 5)
      },
    ],
  })
  expect(killed.code).not.toBe(0)
  expect(recordIn(first)).toMatchObject({ resumable: true })
  expect(existsSync(join(out, 'batch.csv'))).toBe(false)

  const went = await mien([...args, '--json'])
  expect(went.code).toBe(3)
  const names = ['2-look', '9-broken', '10-landmarks'].map((look) => `${look}+smile-landmarks`)
  expect(linesOf(went)).toMatchObject([
    { name: names[0], out: first, state: 'done', kept: false, steps: 40, provider: 'cpu', error: null },
    { name: names[1], state: 'failed', steps: null, error: { code: 'bad-image' } },
    { name: names[2], state: 'done', steps: 40 },
  ])
  expect(recordIn(first).attempts.length).toBeGreaterThan(1)
  expect(filesIn(out).filter((name) => !/[/\\]/.test(name))).toEqual(
    ['batch.csv', 'contact-sheet-1.png', names[0]!, names[2]!].sort(),
  )
  expect(tableIn(out)).toMatchObject([
    {
      name: names[0],
      state: 'done',
      look: join(given, 'looks', '2-look.png'),
      steps: '40',
      device: 'cpu',
      reason: '',
    },
    {
      name: names[1],
      state: 'failed',
      steps: '',
      reason: expect.stringContaining('9-broken.png is damaged'),
    },
    { name: names[2], state: 'done', loss: String(recordIn(join(out, names[2]!)).terms.loss) },
  ])

  const alone = join(given, 'alone')
  const pair = [
    '--look',
    join(given, 'looks', '2-look.png'),
    '--landmarks',
    join(given, 'smile-landmarks.png'),
  ]
  expect((await mien(['project', ...pair, ...search, '--out', alone])).code).toBe(0)
  for (const name of ['projected_w.npz', 'noise.npz', 'proj.png']) {
    expect(readFileSync(join(first, name)).equals(readFileSync(join(alone, name))), name).toBe(true)
  }

  const record = readFileSync(join(first, 'run.json'))
  const again = await mien(args)
  expect(again.stdout).toMatch(/^2 of 3 jobs done \(2 of them before\), 1 failed\.\n/)
  expect(readFileSync(join(first, 'run.json')).equals(record)).toBe(true)

  expectRefusal(await mien([...args, '--steps', '61']), 2, 'asked for otherwise', '2 folders', '2-look')
})

test.skipIf(process.platform === 'win32')(
  'Ctrl-C stops the job under way and the batch; another batch on the same folder is refused meanwhile',
  async () => {
    const given = pictures('looks/a-look.png', 'looks/b-look.png', 'c-landmarks.png')
    const out = join(given, 'out')
    const args = [
      ...['batch', '--looks', `${given}/looks/*.png`, '--landmarks', join(given, 'c-landmarks.png')],
      ...[...flags, '--steps', '100000', '--out', out],
    ]
    let second: Promise<Finished> | undefined
    const act = (child: ChildProcess) => {
      second = mien(args).finally(() => child.kill('SIGINT'))
    }
    const finished = await mien([...args, '--json'], { onText: ['step', act] })
    expectRefusal(await second!, 2, 'Another batch is at')
    expect(finished.code).toBe(130)
    expect(linesOf(finished).map(({ state }) => state)).toEqual(['stopped', 'waiting'])
    expect(statesIn(out)).toEqual(['a-look+c-landmarks stopped', 'b-look+c-landmarks waiting'])
    expect(filesIn(out).filter((name) => !/[/\\]/.test(name))).toEqual([
      ...['a-look+c-landmarks', 'batch.csv', 'contact-sheet-1.png'],
    ])
  },
)

test('a table says of each row what it is; --fail-fast ends at the first that fails', async () => {
  const given = pictures('in/look.png', 'in/landmarks.png', 'in/broken.png')
  const table = join(given, 'in', 'jobs.csv')
  const rows = [
    'look,landmarks,name,steps,no-align,seed,latent-format',
    'look.png,landmarks.png,Anna,2,yes,7,npy',
  ]
  const broken = ['broken.png,landmarks.png,,,yes,,', 'look.png,landmarks.png,,,yes,,']
  writeFileSync(table, [...rows, ...broken].join('\n'))
  const out = join(given, 'out')
  const some = flags.filter((flag) => flag !== '--no-align')
  const finished = await mien(['batch', table, ...some, '--steps', '3', '--fail-fast', '--out', out])
  expect(finished.code).toBe(3)
  expect(finished.stderr).toMatch(/^broken\+landmarks failed: .*broken\.png is damaged/m)
  expect(statesIn(out)).toEqual(['Anna done', 'broken+landmarks failed', 'look+landmarks waiting'])
  const { order } = recordIn(join(out, 'Anna'))
  expect(order).toMatchObject({ settings: { steps: 2, seed: 7 }, look: { alignment: 'none' } })
  expect(existsSync(join(out, 'Anna', 'projected_w.npy'))).toBe(true)
})

test('wrong rows are named by line and column, all of them, before anything starts', async () => {
  const given = pictures('look.png', 'landmarks.png')
  const out = join(given, 'out')
  const csv = join(given, 'jobs.csv')
  const lines = [
    'look,landmarks,steps,space',
    'look.png,landmarks.png,0,w',
    'none.png,landmarks.png,3,z',
    ',look.png,,',
  ]
  writeFileSync(csv, lines.join('\n'))
  const { code, stderr, stdout } = await spoken(['batch', csv, '--out', out])
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  const told = stderr.trim().split('\n')
  expect(told[0]).toContain('jobs.csv')
  expect(told.slice(1)).toEqual([
    "  line 2, column steps: Option '--steps <n>' argument '0' is invalid. Give a whole number from 1 to 1000000.",
    expect.stringMatching(/^ {2}line 3, column space: .*'z' is invalid\. Allowed choices are w, w\+\.$/),
    expect.stringMatching(/^ {2}line 3, column look: .*none\.png does not exist\.$/),
    '  line 4, column look: It is missing.',
  ])
  expect(existsSync(out)).toBe(false)

  const json = join(given, 'jobs.jsonl')
  const face = '{"look":"look.png","landmarks":"landmarks.png","no-align":true,"look-face":1}'
  writeFileSync(json, `${face}\n{"look":"look.png"}\n`)
  const other = await spoken(['batch', json, '--out', out])
  expect(other.stderr).toMatch(
    /line 1: --no-align does not go with .*\n {2}line 2, column landmarks: It is missing\.\n$/,
  )
})

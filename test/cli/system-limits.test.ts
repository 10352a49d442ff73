import { spawnSync } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { onInterrupt } from '../../src/node/cli/interrupt.ts'
import { mien, temporaryFolder, tinyModels, tinyPictures } from './mien.ts'

const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')
const fullDisk = '/dev/full'

describe.skipIf(!existsSync(fullDisk))('output that goes to a full disk', () => {
  test.each([
    ['models'],
    ['--help'],
    ['completion', 'bash'],
    ['sample', '--seeds', '0', '--json', '--out', 'FOLDER'],
  ])('is said in one sentence: %s', (...args) => {
    const folder = temporaryFolder()
    const { status, stderr } = spawnSync(
      process.execPath,
      [script, ...args.map((arg) => (arg === 'FOLDER' ? join(folder, 'out') : arg))],
      {
        stdio: ['ignore', openSync(fullDisk, 'w'), 'pipe'],
        encoding: 'utf8',
        env: { ...process.env, MIEN_HOME: folder },
      },
    )
    expect(status).toBe(3)
    expect(stderr).toContain('What this command prints cannot be written: the disk is full.')
    expect(stderr).not.toContain('    at ')
  })
})

test.skipIf(process.platform === 'win32')('few open files are a reason, not a stack trace', () => {
  const few = spawnSync('sh', ['-c', `ulimit -n 20; exec '${process.execPath}' '${script}' models`], {
    encoding: 'utf8',
  })
  expect(few.stderr).toMatch(/^mien: The system allows too few open files\. .*ulimit -n/)
  expect([few.status, few.stdout]).toEqual([3, ''])
})

test.skipIf(process.platform === 'win32')(
  'nor one where the engine alone has too few',
  { timeout: 60_000 },
  () => {
    const folder = temporaryFolder()
    const sampledWith = (files: number) =>
      spawnSync(
        'sh',
        ['-c', `ulimit -n ${files}; exec '${process.execPath}' '${script}' sample --seeds 1 --out faces`],
        { encoding: 'utf8', cwd: folder, env: { ...process.env, MIEN_HOME: folder } },
      )
    // The engine needs the most; how many, nobody promises.
    let files = 52
    let sampled = sampledWith(files)
    while (sampled.status === 0 && files > 30) {
      files -= 2
      sampled = sampledWith(files)
    }
    expect(sampled.status).not.toBe(0)
    expect(sampled.stderr).toMatch(/^mien: The [^\n]*system allows too few open files\.[^\n]*\n$/)
  },
)

test('threads beyond the cores are left out', { timeout: 60_000 }, async () => {
  const folder = temporaryFolder()
  const project = ['project', ...tinyModels, ...tinyPictures, '--steps', '2', '--threads', '256', '--json']
  const { code } = await mien([...project, '--out', join(folder, 'x')], { env: { OMP_NUM_THREADS: '9999' } })
  expect(code).toBe(0)
})

describe('a signal', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  test('to end is given some seconds, whatever the engine does', () => {
    vi.useFakeTimers()
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const stop = vi.fn()
    const release = onInterrupt(stop)
    process.emit('SIGTERM', 'SIGTERM')
    expect(stop).toHaveBeenCalledOnce()
    vi.advanceTimersByTime(7000)
    expect(exit).not.toHaveBeenCalled()
    vi.advanceTimersByTime(3000)
    expect(exit).toHaveBeenCalledWith(130)
    release()
  })

  test('from the keyboard waits for the step, and the second one ends it', () => {
    vi.useFakeTimers()
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const release = onInterrupt(() => undefined)
    process.emit('SIGINT', 'SIGINT')
    vi.advanceTimersByTime(1e6)
    expect(exit).not.toHaveBeenCalled()
    process.emit('SIGINT', 'SIGINT')
    expect(exit).toHaveBeenCalledWith(130)
    release()
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { MienError } from '../../src/engine/errors.ts'
import { openFileSource } from '../../src/node/host/file-source.ts'
import { payloads } from './pickle-payloads.ts'

/**
 * Runs in a process of its own, bundled by child-process.ts: `payloads` reads every payload and tries that writing
 * and starting processes is indeed denied; `read FILE` reads all tensors of a file. Prints one JSON object.
 */
const [task, path] = process.argv.slice(2)
console.log(JSON.stringify(task === 'payloads' ? readPayloads() : readFile(path!)))

function readPayloads() {
  const accepted: string[] = []
  for (const { title, file } of payloads) {
    try {
      openCheckpoint(memorySource(file, 'payload'))
      accepted.push(title)
    } catch (error) {
      if (!(error instanceof MienError)) throw error
    }
  }
  return {
    count: payloads.length,
    accepted,
    denied: [() => writeFileSync('x', ''), () => spawnSync('true')].map(isDenied),
  }
}

function isDenied(attempt: () => unknown): boolean {
  try {
    attempt()
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED'
  }
}

function readFile(file: string) {
  const begin = performance.now()
  const before = process.cpuUsage()
  const outcome = attempt(file)
  // Of time on the clock and time on the processor the smaller: other work on the machine must not count.
  const { user, system } = process.cpuUsage(before)
  const milliseconds = Math.min(performance.now() - begin, (user + system) / 1000)
  return { ...outcome, milliseconds, mebibytes: peakMemory() }
}

function attempt(file: string): { code: string; message: string; tensors: number } {
  const kept: unknown[] = []
  try {
    for (const { weights } of openCheckpoint(openFileSource(file)).networks) {
      for (const stored of weights.values()) kept.push(stored.read())
    }
    return { code: 'read', message: '', tensors: kept.length }
  } catch (error) {
    const code = error instanceof MienError ? error.code : 'untyped'
    return { code, message: error instanceof Error ? error.message : String(error), tensors: kept.length }
  }
}

/** Peak resident memory in MiB. Linux carries the parent's peak over into resourceUsage, but not into VmHWM. */
function peakMemory(): number {
  const status = '/proc/self/status'
  const own = existsSync(status) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1] : undefined
  return Number(own ?? process.resourceUsage().maxRSS) / 1024
}

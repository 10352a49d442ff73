import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Of a process and all that it started, in bytes; 0 where the system has no /proc. */
export interface Memory {
  /** The most that one process ever had: of Mien's the engine. */
  readonly largest: number
  /** The most that all had together. What they share is counted in each. */
  readonly together: number
}

const milliseconds = 50

/** Watches until `stop` is called. */
export function watchMemory(pid: number): { stop(): Memory } {
  let [largest, together, stopped] = [0, 0, false]
  const watch = async () => {
    while (!stopped) {
      const all = familyOf(pid).map(memoryOf)
      largest = Math.max(largest, ...all.map(({ peak }) => peak))
      together = Math.max(
        together,
        all.reduce((sum, { now }) => sum + now, 0),
      )
      await sleep(milliseconds)
    }
  }
  void watch()
  return {
    stop() {
      stopped = true
      return { largest, together }
    },
  }
}

/** The process and what it started, down to the last. */
export function familyOf(pid: number): readonly number[] {
  const children = textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(familyOf)]
}

function memoryOf(pid: number): { readonly now: number; readonly peak: number } {
  const status = textOf(`/proc/${pid}/status`)
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}

/** Empty where the process has ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

import type { WorkerEvents } from '../cluster/job-worker.ts'
import { statusLine } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Shows what a worker does: a line for each job that is over, and meanwhile one of how far the one under way is. */
export function workerDisplay(terminal: Terminal, json: boolean): WorkerEvents {
  let done = 0
  let began = performance.now()
  const { show } = statusLine(terminal)
  return {
    begun(job, from) {
      began = performance.now()
      if (from > 0) terminal.tell(`${job}: goes on after step ${from}.`)
    },
    step(job, step, steps) {
      show(() => `${done} done  step ${step}/${steps}  ${job}`)
    },
    ended(job, how, reason) {
      if (how === 'done') done += 1
      const seconds = (performance.now() - began) / 1000
      if (json) terminal.print(JSON.stringify({ name: job, state: how, seconds, reason: reason ?? null }))
      else if (how === 'failed') terminal.tell(`${job} failed: ${reason}`)
      else terminal.print(`${job}: ${how}, ${seconds.toFixed(1)} s`)
    },
    notice: (sentence) => terminal.tell(sentence),
  }
}

import { sentencesOf } from '../../shared/failure.ts'
import type { BatchProgress } from '../batch/batch-clock.ts'
import type { BatchEnd } from '../batch/run-batch.ts'
import type { JobEnd } from '../batch/run-job.ts'
import { clockDuration, spokenDuration } from './duration.ts'
import { statusLine } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** Shows how far a batch is: one line that is rewritten, or now and then a line in a log. */
export function batchDisplay(terminal: Terminal): (progress: BatchProgress) => void {
  const { show } = statusLine(terminal)
  return (progress) => show(() => batchLine(progress))
}

/**
 * `job 3/200  step 1320/60000    2 %  2:31:00 left  anna+smile`; steps and time are those of all jobs. Where not just one is under way,
 * `2/200 jobs` that are over, and at the end `5 running`.
 */
export function batchLine({ over, running, jobs, step, steps, secondsLeft }: BatchProgress): string {
  const [name = ''] = running
  const isOne = running.length === 1
  return [
    isOne ? `job ${over + 1}/${jobs}` : `${over}/${jobs} jobs`,
    `step ${step}/${steps}`,
    `${String(Math.floor((step / steps) * 100)).padStart(3)} %`,
    ...(secondsLeft === undefined ? [] : [`${clockDuration(secondsLeft)} left`]),
    isOne ? name : `${running.length} running`,
  ].join('  ')
}

/** A job as `--json` prints it. */
export function jobJson({ job, folder, state, facts, failure, ran }: JobEnd): object {
  return {
    ...{ name: job.name, out: folder, look: job.look.path, landmarks: job.landmarks.path },
    ...{ state, kept: state === 'done' && !ran },
    ...{ steps: facts?.step ?? null, seconds: facts?.seconds ?? null, provider: facts?.device ?? null },
    ...{ final: facts?.terms ?? null, identity: facts?.identity ?? null, likeness: facts?.likeness ?? null },
    error: failure,
  }
}

/** Tells people how a job that ran now has ended. */
export function tellJob(terminal: Terminal, { job, state, facts, failure, ran }: JobEnd): void {
  if (failure !== null) {
    terminal.tell(`${job.name} failed: ${sentencesOf(failure)}`)
  } else if (ran && facts !== null) {
    const after = `${facts.step} ${facts.step === 1 ? 'step' : 'steps'}, ${spokenDuration(facts.seconds ?? 0)}`
    const drawn = `look ${figure(facts.terms?.perceptual)}, landmarks ${figure(facts.terms?.landmark)}`
    const photograph = facts.likeness && `, photograph ${facts.likeness.identity.toFixed(2)} from the look`
    terminal.print(`${job.name}: ${state}, ${after}, ${drawn}${photograph ?? ''}`)
  }
}

/** Tells people what came of a batch. */
export function tellBatch(terminal: Terminal, { ends, table, sheets }: BatchEnd): void {
  const count = (state: JobEnd['state']) => ends.filter((end) => end.state === state).length
  const kept = ends.filter(({ state, ran }) => state === 'done' && !ran).length
  const others = (['failed', 'stopped', 'waiting'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `, ${count(state)} ${state}`)
  const before = kept === 0 ? '' : ` (${kept} of them before)`
  terminal.print(
    `${count('done')} of ${ends.length} ${ends.length === 1 ? 'job' : 'jobs'} done${before}${others.join('')}.`,
  )
  const [first] = sheets
  terminal.print(`Results in ${table}${first === undefined ? '.' : `; look at ${first}.`}`)
}

function figure(value: number | undefined): string {
  return value === undefined ? '?' : value.toFixed(4)
}

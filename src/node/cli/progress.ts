import type { JobEvents, Progress, Stage } from '../engine/protocol.ts'
import type { Filming } from '../engine/write-film-messages.ts'
import { clockDuration } from './duration.ts'
import type { Terminal } from './terminal.ts'

const stageLines: Readonly<Record<Stage, string>> = {
  pictures: 'Reading the pictures …',
  faces: 'Looking for faces …',
  models: 'Reading the models …',
  graph: 'Preparing the networks …',
  precision: 'Comparing float16 with float32 …',
}

const filmLines: Readonly<Record<Filming['part'], string>> = {
  tracking: 'Following the face',
  first: 'Searching the first frame',
  directions: 'Looking how the face moves',
  searching: 'Searching the frames',
  writing: 'Making the film',
}

/** Where no terminal rewrites its line, a line is written at most so often. */
export const sparseSeconds = 10

const barWidth = 20

/** Shows stages and steps on the terminal: one line that is rewritten, or now and then a line in a log; notices stay. */
export function progressDisplay(
  terminal: Terminal,
): Required<Pick<JobEvents, 'stage' | 'progress' | 'tuning' | 'portion' | 'filming' | 'notice'>> {
  let lastLine = Number.NEGATIVE_INFINITY
  let lastPart: Filming['part'] | undefined
  /** Replaces the line, or writes one now and then. */
  function show(line: string): void {
    const now = performance.now()
    if (terminal.interactive) terminal.status(line)
    else if (now - lastLine >= sparseSeconds * 1000) {
      lastLine = now
      terminal.tell(line)
    }
  }
  return {
    notice: terminal.tell,
    stage(stage) {
      if (terminal.interactive) terminal.status(stageLines[stage])
    },
    tuning({ step, steps, secondsLeft }) {
      show(partLine('Tuning the generator', step / steps, secondsLeft))
    },
    filming({ part, done, secondsLeft }) {
      // Each part is told of, however soon it comes.
      if (part !== lastPart) lastLine = Number.NEGATIVE_INFINITY
      lastPart = part
      show(partLine(filmLines[part], done, secondsLeft))
    },
    portion(done) {
      if (terminal.interactive) terminal.status(`Making the film …  ${Math.floor(100 * done)} %`)
    },
    progress(progress) {
      if (terminal.interactive) return terminal.status(progressLine(progress, true))
      const now = performance.now()
      const last = progress.step === progress.steps
      if (!last && lastLine > 0 && now - lastLine < sparseSeconds * 1000) return
      lastLine = now
      terminal.tell(progressLine(progress, false))
    },
  }
}

/** `Following the face …  12 %  2:31 left`. */
function partLine(what: string, done: number, secondsLeft: number): string {
  const left = Number.isFinite(secondsLeft) ? `  ${clockDuration(secondsLeft)} left` : ''
  return `${what} …  ${Math.floor(100 * done)} %${left}`
}

/** A live run that is held has no end to count to. */
function position(step: number, steps: number): readonly string[] {
  if (!Number.isFinite(steps)) return [`step ${step}`]
  return [
    `step ${String(step).padStart(String(steps).length)}/${steps}`,
    `${String(Math.floor((step / steps) * 100)).padStart(3)} %`,
  ]
}

/** `step 120/1000  12 %  2:31 left  loss 0.5120 …`, with a bar where it is seen live; a narrow terminal cuts the end. */
export function progressLine({ step, steps, terms, secondsLeft }: Progress, withBar: boolean): string {
  const done = step / steps
  const filled = Math.round(done * barWidth)
  const bar = withBar ? [`${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`] : []
  return [
    ...bar,
    ...position(step, steps),
    ...(step < steps && Number.isFinite(secondsLeft) ? [`${clockDuration(secondsLeft)} left`] : []),
    `loss ${terms.loss.toFixed(4)}`,
    `look ${terms.perceptual.toFixed(4)}`,
    `landmarks ${terms.landmark.toFixed(3)}`,
  ].join('  ')
}

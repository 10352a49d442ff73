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
const sparseSeconds = 10

/** One line that is rewritten, or now and then a line in a log. */
export interface StatusLine {
  show(line: () => string): void
  /** Lets the next one be shown, however soon it comes. */
  hurry(): void
}

export function statusLine(terminal: Terminal): StatusLine {
  let last = Number.NEGATIVE_INFINITY
  return {
    show(line) {
      if (terminal.interactive) return terminal.status(line())
      const now = performance.now()
      if (now - last < sparseSeconds * 1000) return
      last = now
      terminal.tell(line())
    },
    hurry() {
      last = Number.NEGATIVE_INFINITY
    },
  }
}

const barWidth = 20

/** Shows stages and steps on the terminal: one line that is rewritten, or now and then a line in a log; notices stay. */
export function progressDisplay(
  terminal: Terminal,
): Required<Pick<JobEvents, 'stage' | 'progress' | 'tuning' | 'portion' | 'filming' | 'notice'>> {
  const line = statusLine(terminal)
  let lastPart: Filming['part'] | undefined
  return {
    notice: terminal.tell,
    stage(stage) {
      if (terminal.interactive) terminal.status(stageLines[stage])
    },
    tuning({ step, steps, secondsLeft }) {
      line.show(() => partLine('Tuning the generator', step / steps, secondsLeft))
    },
    filming({ part, done, secondsLeft }) {
      // Each part is told of, however soon it comes.
      if (part !== lastPart) line.hurry()
      lastPart = part
      line.show(() => partLine(filmLines[part], done, secondsLeft))
    },
    portion(done) {
      if (terminal.interactive) terminal.status(`Making the film …  ${Math.floor(100 * done)} %`)
    },
    progress(progress) {
      if (progress.step === progress.steps) line.hurry()
      line.show(() => progressLine(progress, terminal.interactive))
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

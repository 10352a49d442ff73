import type { JobEvents, Progress, Stage } from '../engine/protocol.ts'
import { clockDuration } from './duration.ts'
import type { Terminal } from './terminal.ts'

const stageLines: Readonly<Record<Stage, string>> = {
  pictures: 'Reading the pictures …',
  faces: 'Looking for faces …',
  models: 'Reading the models …',
  graph: 'Preparing the networks …',
  precision: 'Comparing float16 with float32 …',
}

/** Where no terminal rewrites its line, a line is written at most so often. */
const sparseSeconds = 10

const barWidth = 20

/** Shows stages and steps on the terminal: one line that is rewritten, or now and then a line in a log; notices stay. */
export function progressDisplay(
  terminal: Terminal,
): Required<Pick<JobEvents, 'stage' | 'progress' | 'tuning' | 'portion' | 'notice'>> {
  let lastLine = 0
  return {
    notice: terminal.tell,
    stage(stage) {
      if (terminal.interactive) terminal.status(stageLines[stage])
    },
    tuning({ step, steps, secondsLeft }) {
      const left = Number.isFinite(secondsLeft) ? `  ${clockDuration(secondsLeft)} left` : ''
      const line = `Tuning the generator …  ${Math.floor((100 * step) / steps)} %${left}`
      if (terminal.interactive) return terminal.status(line)
      const now = performance.now()
      if (now - lastLine < sparseSeconds * 1000) return
      lastLine = now
      terminal.tell(line)
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

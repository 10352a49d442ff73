import type { PhotographWarning } from '../../engine/likeness/photograph-film.ts'
import type { LikenessWarning } from '../../engine/likeness/warped-photograph.ts'
import type { FilmRun } from '../runs/kinds/film/film.ts'
import type { ProjectionRun } from '../runs/kinds/projection/projection.ts'
import type { TuningRun } from '../runs/kinds/tuning/tuning.ts'
import { spokenDuration } from './duration.ts'
import type { Terminal } from './terminal.ts'

function jsonOf(
  out: string,
  { outcome, files, likeness }: ProjectionRun,
  latentForm: string | undefined,
): object {
  const { steps, seconds, provider, precision, stopped, terms, identity } = outcome
  const figures = { final: terms, ...(identity !== undefined && { identity }), ...(likeness && { likeness }) }
  const written = { ...files, ...(latentForm && { latentForm }) }
  return { out, steps, seconds, provider, precision, stopped, ...figures, files: written }
}

/** What a user should know of a warp that shows, and what helps. */
const warningSentences: Readonly<Record<LikenessWarning, string>> = {
  turned:
    'The heads are turned too differently to warp one to the other: choose pictures that look the same way.',
  stretched:
    'Parts of the face are drawn out so far that it shows: let less count, or choose a closer picture.',
  'no-mouth':
    "No picture shows a mouth that is open, or closed, as it is wanted: the look's own was stretched.",
}

/** The same of frames of a film. */
const filmSentences: Readonly<Record<PhotographWarning, string>> = {
  turned:
    'In some frames the head turns further than the photograph can follow: lower --pose, or choose a look that faces the camera.',
  stretched:
    'In some frames parts of the face are drawn out so far that it shows: lower --pose or --expression.',
  'no-mouth':
    'In some frames a mouth is open as no picture shows it, so its inside is drawn: a clip of a face shows one.',
}

/**
 * Prints what came of a projection, for people or as one JSON object.
 *
 * @param latentForm the file with the latent in another form, if one was asked for
 */
export function tellProjection(
  terminal: Terminal,
  out: string,
  json: boolean,
  run: ProjectionRun,
  latentForm?: string,
): void {
  if (json) {
    terminal.print(JSON.stringify(jsonOf(out, run, latentForm)))
    return
  }
  const { outcome, files, likeness } = run
  const { stopped, steps, seconds, provider, precision, terms, identity } = outcome
  const how = stopped ? 'Stopped after' : 'Done:'
  const where = precision === 'float16' ? `${provider} in float16` : provider
  terminal.print(
    `${how} ${steps} ${steps === 1 ? 'step' : 'steps'} in ${spokenDuration(seconds)} on ${where}.`,
  )
  terminal.print(`  look distance       ${terms.perceptual.toFixed(4)}`)
  terminal.print(`  landmark distance   ${terms.landmark.toFixed(4)}`)
  terminal.print(`  loss                ${terms.loss.toFixed(4)}`)
  if (identity !== undefined) {
    terminal.print(
      `  identity distance   ${identity.toFixed(2)} (0 is the same; photographs of one person: below 0.6)`,
    )
  }
  if (likeness !== undefined) {
    terminal.print(
      `  ${likeness.kind === 'tune' ? 'tuned     ' : 'photograph'}          ${likeness.identity.toFixed(2)} from the look, drawn out ${likeness.stretch.toFixed(1)} times`,
    )
    for (const warning of likeness.warnings) terminal.tell(warningSentences[warning])
  }
  terminal.print(`Results in ${out}; look at ${files.sheet}.`)
}

/** The same of a tuning. */
export function tellTuning(terminal: Terminal, out: string, json: boolean, run: TuningRun): void {
  const { outcome, files, figures, taught: steps, seconds, provider } = run
  const { stopped } = outcome
  if (json) {
    terminal.print(JSON.stringify({ out, steps, seconds, provider, stopped, ...figures, files }))
    return
  }
  const how = stopped ? 'Stopped after' : 'Done:'
  terminal.print(
    `${how} ${steps} ${steps === 1 ? 'step' : 'steps'} in ${spokenDuration(seconds)} on ${provider}.`,
  )
  terminal.print(
    `  identity distance   ${figures.identity.toFixed(2)} (photographs of one person: below 0.6)`,
  )
  terminal.print(`Results in ${out}; look at ${files.result}.`)
}

/** The same of a film. */
export function tellFilm(terminal: Terminal, out: string, json: boolean, run: FilmRun): void {
  const { outcome, files, report, warnings } = run
  const { frames, seconds, lost, error, jitter, identity } = report
  const { stopped } = outcome
  if (json) {
    const figures = { lost, error, jitter, identity, warnings }
    terminal.print(JSON.stringify({ out, frames, seconds, stopped, ...figures, files }))
    return
  }
  const how = stopped ? 'Stopped after' : 'Done:'
  terminal.print(`${how} ${frames} ${frames === 1 ? 'frame' : 'frames'}, ${seconds.toFixed(1)} s of film.`)
  terminal.print(`  landmarks           ${percent(error)} of the eyes' distance from their targets`)
  terminal.print(`  jitter              ${percent(jitter)}`)
  terminal.print(`  identity distance   ${identity.toFixed(2)} (photographs of one person: below 0.6)`)
  if (lost.length > 0) {
    const times = lost.map(([from, to]) => `${from.toFixed(1)} to ${to.toFixed(1)} s`)
    terminal.print(`  face not seen       ${times.join(', ')}`)
  }
  for (const warning of warnings) terminal.tell(filmSentences[warning])
  terminal.print(`Results in ${out}; look at ${files.film}.`)
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}

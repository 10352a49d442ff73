import { usualFrameSteps } from '../../engine/animation/frame-steps.ts'
import { MienError } from '../../engine/errors.ts'
import type { ProviderChoice } from '../../shared/settings.ts'
import type { SearchSettings } from '../../shared/setup.ts'
import type { SpawnWorker } from '../engine/client.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import type { ModelFiles } from '../models/files.ts'
import { type FilmMemory, passingMemory } from '../runs/kinds/film/film-memory.ts'
import type { FilmPlan as PlannedFilm } from '../runs/kinds/film/film-plan.ts'
import { startFilmSearch } from '../runs/kinds/film/film-search.ts'
import type { FilmPlan } from './film-plans.ts'
import { firstSearch } from './film-searches.ts'

/** What the frames of a loop are searched with. */
export interface SeamNeeds {
  readonly spawn: SpawnWorker
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  readonly models: ModelFiles
  readonly settings: SearchSettings
  readonly provider: ProviderChoice
}

/**
 * What was found for a film, and with it the frames of its loop that fade, which are searched for where all others are found. Nothing is
 * written, since the run's folder may be another program's; but what is found is there for the next time. Rejects with MienError 'stopped' at the signal, and as `startFilmSearch` does.
 *
 * @param loop its frames, of which those that do not fade aim at the film's own targets
 * @param tell how far it is, 0..1
 */
export async function withSeam(
  { spawn, look, models, settings, provider }: SeamNeeds,
  memory: FilmMemory,
  { targets }: Pick<FilmPlan, 'targets'>,
  loop: PlannedFilm,
  tell: (done: number) => void,
  signal: AbortSignal,
): Promise<FilmMemory> {
  const found = passingMemory(memory)
  const frames = loop.frames.filter(({ target }) => found.blocks.find({ target }) === undefined)
  if (frames.length === 0 || frames.some(({ target }) => targets.includes(target))) return found
  const { name, bytes } = look.picture
  const { quad, points } = look
  const request = {
    ...{ models, settings: firstSearch(settings), steps: usualFrameSteps, execution: { provider } },
    look: { name, bytes: bytes!, alignment: { quad, points } },
  }
  const search = startFilmSearch(spawn, request, { ...loop, frames }, found, {
    filming: ({ done }) => tell(done),
  })
  signal.addEventListener('abort', search.abandon)
  if (signal.aborted) search.abandon()
  try {
    await search.outcome
  } catch (error) {
    throw signal.aborted ? new MienError('stopped', 'The film was stopped.') : error
  } finally {
    signal.removeEventListener('abort', search.abandon)
  }
  return found
}

import { MienError } from '../../../../engine/errors.ts'
import { pointsInQuad } from '../../../../engine/face/quad.ts'
import type { ProviderChoice } from '../../../../shared/settings.ts'
import type { SpawnWorker } from '../../../engine/client.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import type { ModelFiles } from '../../../models/files.ts'
import type { ReplacedWork } from '../../replaced-engine.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { FilmMemory } from './film-memory.ts'
import type { FilmPlan } from './film-plan.ts'
import { startFilmSearch } from './film-search.ts'
import type { DrawnFrames } from './film-video.ts'
import type { KeptFilm } from './kept-film.ts'

/** What the frames of a film are searched for with. */
export interface FrameNeeds {
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  readonly plan: FilmPlan
  readonly models: ModelFiles
  readonly provider: ProviderChoice
  readonly memory: FilmMemory
}

/** Searches for the frames of a film. Rejects with MienError: 'stopped' before all are found, and as engines and disks fail. */
export function startFrames(
  spawn: SpawnWorker,
  { settings, steps, threads, reference = false }: NonNullable<KeptFilm['search']>,
  { passage, again }: Pick<KeptFilm, 'passage' | 'again'>,
  { look, plan, models, provider, memory }: FrameNeeds,
  events: RunEvents,
): ReplacedWork<DrawnFrames> {
  const { name, bytes } = look.picture
  const { quad, points } = look
  const execution = { provider, ...(threads !== undefined && { threads }) }
  const request = {
    ...{ models, settings, steps, execution, reference },
    look: { name, bytes: bytes!, alignment: { quad, points } },
    ...(passage && { passage }),
    ...(again !== undefined && { again }),
  }
  const search = startFilmSearch(spawn, request, plan, memory, events)

  async function whole(): Promise<DrawnFrames> {
    const { latents, firstFrame, left } = await search.outcome
    const { noise } = firstFrame
    if (left > 0) {
      throw new MienError('stopped', `Stopped: ${left} of ${latents.length} frames are still to be searched.`)
    }
    const painter = { kind: 'drawn', generator: models.generator, noise, execution } as const
    return { painter, latents: latents.filter((latent) => latent !== undefined) }
  }

  return { ...search, outcome: whole() }
}

/** The landmarks of a look in its square, as a record shows them. */
export function lookPoints({ quad, points }: Pick<RememberedFace, 'quad' | 'points'>): number[] {
  return [...pointsInQuad(points, quad)]
}

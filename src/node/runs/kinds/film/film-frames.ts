import { join } from 'node:path'
import { MienError } from '../../../../engine/errors.ts'
import { pointsInQuad } from '../../../../engine/face/quad.ts'
import type { ProviderChoice } from '../../../../shared/settings.ts'
import type { SpawnWorker } from '../../../engine/client.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import { npzBytes } from '../../../host/array-files.ts'
import { writeFileAtomic } from '../../../host/files.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { runFiles } from '../../record/run-files.ts'
import type { ReplacedWork } from '../../replaced-engine.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { FilmMemory } from './film-memory.ts'
import type { FilmPlan } from './film-plan.ts'
import { startFilmSearch } from './film-search.ts'
import type { DrawnFrames } from './film-video.ts'
import type { KeptFilm } from './kept-film.ts'
import { latentsBytes } from './latents-file.ts'

/** What the frames of a film are searched for with. */
export interface FrameNeeds {
  /** Of the run. */
  readonly folder: string
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  readonly plan: FilmPlan
  readonly models: ModelFiles
  readonly provider: ProviderChoice
  readonly memory: FilmMemory
}

/**
 * Searches for the frames of a film, and writes all of them once they are found. Rejects with MienError: 'stopped' where it was stopped
 * before, and as engines and disks fail.
 */
export function startFrames(
  spawn: SpawnWorker,
  { settings, steps, threads, reference = false }: NonNullable<KeptFilm['search']>,
  { passage, again }: Pick<KeptFilm, 'passage' | 'again'>,
  { folder, look, plan, models, provider, memory }: FrameNeeds,
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

  async function written(): Promise<DrawnFrames> {
    const { latents, firstFrame, left } = await search.outcome
    const { noise } = firstFrame
    const whole = latents.filter((latent) => latent !== undefined)
    if (left > 0) {
      throw new MienError('stopped', `Stopped: ${left} of ${latents.length} frames are still to be searched.`)
    }
    await writeFileAtomic(join(folder, runFiles.latents), latentsBytes(whole, noise))
    await writeFileAtomic(join(folder, runFiles.noise), npzBytes({ ...noise }))
    return { painter: { kind: 'drawn', generator: models.generator, noise, execution }, latents: whole }
  }

  return { ...search, outcome: written() }
}

/** The landmarks of a look in its square, as a record shows them. */
export function lookPoints({ quad, points }: Pick<RememberedFace, 'quad' | 'points'>): number[] {
  return [...pointsInQuad(points, quad)]
}

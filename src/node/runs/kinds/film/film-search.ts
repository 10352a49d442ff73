import { join } from 'node:path'
import { middleFrame } from '../../../../engine/animation/middle-frame.ts'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import { rowTensor } from '../../../drivers/film-arrays.ts'
import type { AnimateParameters, KnownFirstFrame } from '../../../engine/animate-messages.ts'
import { type EngineClient, type SpawnWorker, startEngine } from '../../../engine/client.ts'
import { serial } from '../../../host/serial.ts'
import { recoveryFolder } from '../../record/run-files.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { FilmPlan } from './film-plan.ts'
import { readKnown, writeDirections, writeFirstFrame } from './first-frame-file.ts'
import { openLatentBlocks } from './latent-blocks.ts'
import { partProgress } from './part-progress.ts'

/** What was found for a film that is drawn. */
export interface FoundFilm {
  /** For each frame; undefined for those that it was stopped before. */
  readonly latents: readonly (FloatTensor | undefined)[]
  readonly firstFrame: KnownFirstFrame
}

/** What frames are searched with. */
export type SearchRequest = Pick<AnimateParameters, 'models' | 'look' | 'settings' | 'steps' | 'execution'>

/** Engine processes that may be lost before it is given up. */
const replacements = 1

/**
 * Searches for the frames of a film that its folder does not have yet: those of which nothing has changed are not searched again. What is
 * found is kept in blocks, so that a film whose process was killed goes on, to the same bits on the processor.
 */
export function startFilmSearch(
  spawn: SpawnWorker,
  request: SearchRequest,
  { frames }: FilmPlan,
  runFolder: string,
  events: Pick<RunEvents, 'stage' | 'notice' | 'device' | 'filming'>,
): { readonly outcome: Promise<FoundFilm>; stop(): void; abandon(): void } {
  const folder = join(runFolder, recoveryFolder)
  const targets = frames.map(({ target }) => target)
  let engine: EngineClient | undefined
  let stop = (): void => undefined
  let [stopped, abandoned] = [false, false]

  async function attempt(own: EngineClient): Promise<FoundFilm> {
    const blocks = await openLatentBlocks(join(folder, 'frames'), request.steps)
    const known = await readKnown(folder)
    const missing = targets.flatMap((target, i) => (blocks.find(target) === undefined ? [i] : []))
    const latents = () => targets.map((target) => blocks.find(target))
    if (known !== undefined && missing.length === 0)
      return { latents: latents(), firstFrame: known.firstFrame }
    const before = 1 - missing.length / targets.length
    const tell = partProgress('searching', events.filming)
    const inTurn = serial()
    let broken: { readonly error: unknown } | undefined
    const write = (work: () => Promise<void>) => {
      inTurn(work).catch((error: unknown) => {
        broken ??= { error }
        own.close()
      })
    }
    let found = 0
    const job = own.start(
      'animate',
      {
        ...request,
        targets: rowTensor(targets, landmarkCount, 2) as FloatTensor,
        ...{ first: middleFrame(targets), frames: missing },
        ...(known && { known }),
      },
      {
        ...(events.stage && { stage: events.stage }),
        ...(events.notice && { notice: events.notice }),
        ...(events.device && { device: events.device }),
        progress({ step, steps, secondsLeft }) {
          events.filming?.({ part: 'first', done: step / steps, secondsLeft })
        },
        portion: partProgress('directions', events.filming),
        firstFrame: (first) => write(() => writeFirstFrame(folder, first)),
        directions: (directions) => write(() => writeDirections(folder, directions)),
        frame({ index, latent }) {
          blocks.add(targets[index]!, latent)
          tell(before + ++found / targets.length)
        },
      },
    )
    stop = job.stop
    if (stopped) stop()
    try {
      const { firstFrame } = await job.outcome
      await inTurn(() => undefined)
      return { latents: latents(), firstFrame }
    } catch (error) {
      throw broken?.error ?? error
    } finally {
      await inTurn(() => undefined)
      await blocks.flush()
    }
  }

  async function search(): Promise<FoundFilm> {
    for (let left = replacements; ; left--) {
      engine = startEngine(() => spawn())
      try {
        return await attempt(engine)
      } catch (error) {
        if (!engine.lost || left === 0 || stopped || abandoned) throw error
        events.notice?.('The engine was lost; going on with the frames that are found.')
      } finally {
        engine.close()
      }
    }
  }

  return {
    outcome: search(),
    stop() {
      stopped = true
      stop()
    },
    abandon() {
      abandoned = true
      engine?.close()
    },
  }
}

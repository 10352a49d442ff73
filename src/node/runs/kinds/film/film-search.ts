import { middleFrame } from '../../../../engine/animation/middle-frame.ts'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import { rowTensor } from '../../../drivers/film-arrays.ts'
import type { AnimateParameters, KnownFirstFrame, WantedFrame } from '../../../engine/animate-messages.ts'
import { type EngineClient, type RunningJob, type SpawnWorker, startEngine } from '../../../engine/client.ts'
import { serial } from '../../../host/serial.ts'
import { type ReplacedWork, withReplacement } from '../../replaced-engine.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { FilmMemory } from './film-memory.ts'
import type { FilmPlan } from './film-plan.ts'
import type { LatentBlocks } from './latent-blocks.ts'
import { partProgress } from './part-progress.ts'

/** What was found for a film that is drawn. */
export interface FoundFilm {
  /** For each frame; undefined for those that it was stopped before. */
  readonly latents: readonly (FloatTensor | undefined)[]
  readonly firstFrame: KnownFirstFrame
  /** Frames that it was stopped before, also those that were to be searched again. */
  readonly left: number
}

/** What frames are searched with. */
export type SearchRequest = Pick<
  AnimateParameters,
  'models' | 'look' | 'settings' | 'steps' | 'execution'
> & {
  /** Whether each frame is searched from the one before, as the reference does it. */
  readonly reference?: boolean
  /** Frames that go first, from the one to before the other. */
  readonly passage?: readonly [from: number, to: number]
  /** By how many steps frames of the passage are searched again. */
  readonly again?: number
}

/**
 * Searches for the frames of a film that its memory does not have yet: those of which nothing has changed are not searched again. What is
 * found is kept in blocks, so that a film whose process was killed goes on, to the same bits on the processor.
 */
export function startFilmSearch(
  spawn: SpawnWorker,
  { reference = false, passage, again, ...request }: SearchRequest,
  { frames }: FilmPlan,
  memory: FilmMemory,
  events: Pick<RunEvents, 'stage' | 'notice' | 'device' | 'preview' | 'filming' | 'paused'>,
): ReplacedWork<FoundFilm> {
  const { blocks } = memory
  const targets = frames.map(({ target }) => target)
  const first = reference ? 0 : middleFrame(targets)

  const latentsNow = () =>
    reference
      ? sequenceIn(blocks, targets, memory.known?.firstFrame)
      : targets.map((target) => blocks.find({ target })?.latent)

  /** What is to be searched for, in that order. */
  const wantedNow = (): readonly WantedFrame[] => {
    if (reference) return latentsNow().flatMap((latent, index) => (latent === undefined ? [{ index }] : []))
    return passageFirst(targets.length, passage).flatMap((index) => {
      const found = blocks.find({ target: targets[index]! })
      const more = isWithin(passage, index) && again !== undefined && !found?.tries.includes(again)
      if (!more) return found === undefined ? [{ index }] : []
      return [{ index, again: { steps: again, ...(found && { found: found.latent }) } }]
    })
  }

  /** The steps of each search for a frame, once it is found as it is wanted. */
  function triesOf({ index, again }: WantedFrame): readonly number[] {
    const before = blocks.find({ target: targets[index]! })?.tries ?? [request.steps]
    return again === undefined ? before : [...before, again.steps]
  }

  async function attempt(own: EngineClient, begun: (job: RunningJob<'animate'>) => void): Promise<FoundFilm> {
    const { known } = memory
    const wanted = wantedNow()
    if (known !== undefined && wanted.length === 0) {
      return { latents: latentsNow(), firstFrame: known.firstFrame, left: 0 }
    }
    const asked = reference ? wanted.filter(({ index }) => index !== first) : wanted
    let last = reference && asked[0] ? latentsNow()[asked[0].index - 1] : undefined
    const tries = new Map(asked.map((frame) => [frame.index, triesOf(frame)]))
    const done = 1 - wanted.length / targets.length
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
        ...{ first, frames: asked },
        ...(known && { known }),
        ...(reference && { sequence: { ...(last && { before: last }) } }),
      },
      {
        ...(events.stage && { stage: events.stage }),
        ...(events.notice && { notice: events.notice }),
        ...(events.device && { device: events.device }),
        ...(events.preview && { preview: events.preview }),
        ...(events.paused && { paused: events.paused }),
        progress({ step, steps, secondsLeft }) {
          events.filming?.({ part: 'first', done: step / steps, secondsLeft })
        },
        portion: partProgress('directions', events.filming),
        firstFrame(found) {
          if (reference) last = found.latent
          write(() => memory.keepFirst(found, targets[first]!))
        },
        directions(directions) {
          write(() => memory.keepDirections(directions))
          tell(done)
        },
        frame({ index, latent, error }) {
          const target = targets[index]!
          blocks.add({ target, before: last }, { latent, error, tries: tries.get(index)! })
          if (reference) last = latent
          tell(done + ++found / targets.length)
        },
      },
    )
    begun(job)
    try {
      const { firstFrame } = await job.outcome
      await inTurn(() => undefined)
      return { latents: latentsNow(), firstFrame, left: wantedNow().length }
    } catch (error) {
      throw broken?.error ?? error
    } finally {
      await inTurn(() => undefined)
      await blocks.flush()
    }
  }

  return withReplacement(
    () => startEngine(() => spawn()),
    attempt,
    () => events.notice?.('The engine was lost; going on with the frames that are found.'),
  )
}

function isWithin([from, to]: readonly [number, number] = [0, 0], frame: number): boolean {
  return frame >= from && frame < to
}

/** So many frames by their numbers, those of the passage first. */
function passageFirst(count: number, passage: SearchRequest['passage']): readonly number[] {
  const frames = Array.from({ length: count }, (_, i) => i)
  return [
    ...frames.filter((frame) => isWithin(passage, frame)),
    ...frames.filter((frame) => !isWithin(passage, frame)),
  ]
}

/** The latents of frames that depend on one another, up to the first that was not found. */
function sequenceIn(
  blocks: LatentBlocks,
  targets: readonly Float32Array[],
  first: KnownFirstFrame | undefined,
): readonly (FloatTensor | undefined)[] {
  let before = first?.latent
  return targets.map((target, i) => {
    if (i > 0) before = before && blocks.find({ target, before })?.latent
    return before
  })
}

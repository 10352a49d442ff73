import type { AskedChange, Change } from '../../engine/projection/changes.ts'
import { extraTermNames } from '../../engine/projection/terms.ts'
import { reportOf } from '../engine/failure.ts'
import type { GivenFrame, JobEvents, Steer, TargetInput, ToWorker } from '../engine/protocol.ts'
import { handover } from '../host/handover.ts'
import { serial } from '../host/serial.ts'
import { decodeTarget } from './pictures.ts'

/** What a job asks between two steps; a job that asks nothing runs to its end. */
export interface JobControl {
  /** Whether what it opens is to stay for the next job. */
  readonly keeps: boolean
  shouldStop(): boolean
  /** Fulfilled when the job may go on; undefined if it may at once. */
  whilePaused(): Promise<void> | undefined
  /** The changes asked for since the last time. Of weights, and of drags of the same points, only the last between two steps counts. */
  takeChanges(): readonly AskedChange[]
  /** Whether a preview was asked for since the last time. */
  takeShow(): boolean
  /** Over when the host has all that it was told; undefined where it has. */
  delivered(): Promise<void> | undefined
  /** The frames of a film, each asked for when the one before it was taken; they end early where the job is to stop. */
  frames<F extends GivenFrame>(): AsyncIterable<F>
  /** A picture that came with a change. */
  picture(name: string): TargetInput | undefined
}

/** The control of one job, and the ear for the messages that reach it. */
export function jobControl(
  events: Pick<Required<JobEvents>, 'refused' | 'wanted'>,
  delivered: JobControl['delivered'] = () => undefined,
  keeps = false,
): JobControl & { hear(message: ToWorker): void } {
  let stopping = false
  let showing = false
  let changes: readonly AskedChange[] = []
  let pause: { readonly over: Promise<void>; end(): void } | undefined
  const pictures = new Map<string, TargetInput>()
  const sent = handover<GivenFrame>()
  // Changes are taken in the order in which they came, though pictures take time to look at.
  const inTurn = serial()

  async function arrive({ ask, change, picture }: Steer): Promise<void> {
    try {
      if (picture !== undefined && 'picture' in change) {
        await decodeTarget(picture)
        pictures.set(change.picture, picture)
      }
      const overruled = changes.filter((earlier) => isOverruled(earlier.change, change))
      const asks = [...overruled.flatMap((earlier) => earlier.asks), ask]
      changes = [...changes.filter((earlier) => !overruled.includes(earlier)), { asks, change }]
    } catch (error) {
      events.refused({ ask, failure: reportOf(error) })
    }
  }

  async function* frames<F extends GivenFrame>(): AsyncGenerator<F> {
    for (;;) {
      events.wanted('frame')
      const frame = await sent.take()
      if (frame === undefined) return
      yield frame as F
    }
  }

  function endPause(): void {
    pause?.end()
    pause = undefined
  }

  return {
    keeps,
    shouldStop: () => stopping,
    whilePaused: () => pause?.over,
    takeChanges() {
      const taken = changes
      changes = []
      return taken
    },
    takeShow() {
      const taken = showing
      showing = false
      return taken
    },
    delivered,
    frames,
    picture: (name) => pictures.get(name),
    hear(message) {
      if (message.kind === 'stop') {
        stopping = true
        endPause()
        sent.end()
      } else if (message.kind === 'pause') pause ??= openPause()
      else if (message.kind === 'resume') endPause()
      else if (message.kind === 'show') showing = true
      else if (message.kind === 'frame') {
        if (message.frame === null) sent.end()
        else void sent.give(message.frame)
      } else if (message.kind === 'steer') inTurn(() => arrive(message))
    },
  }
}

/** Whether the later change leaves nothing of the earlier one. */
function isOverruled(earlier: Change, later: Change): boolean {
  if (earlier.kind === 'points' && later.kind === 'points') {
    const moved = new Set(later.points.map(({ index }) => index))
    return earlier.points.every(({ index }) => moved.has(index))
  }
  if (earlier.kind === 'weights' && later.kind === 'weights') {
    // A term that is not named stays as it is.
    return extraTermNames.every(
      (name) => later.weights[name] !== undefined || earlier.weights[name] === undefined,
    )
  }
  return earlier.kind === 'group-weights' && later.kind === 'group-weights'
}

function openPause() {
  let end: () => void = () => undefined
  const over = new Promise<void>((resolve) => {
    end = resolve
  })
  return { over, end: () => end() }
}

import type { TimedImage } from '../../engine/track/face-tracker.ts'
import type { EngineClient, RunningJob } from './client.ts'
import type { JobEvents } from './protocol.ts'
import type { TrackParameters } from './track-messages.ts'

/**
 * Has the engine follow a face through frames, of which it is sent one at a time. The iteration is left when the job is over.
 * Rejects with MienError, also with what the frames throw.
 */
export function startTracking(
  engine: Pick<EngineClient, 'start'>,
  frames: AsyncIterable<TimedImage>,
  parameters: TrackParameters,
  events: JobEvents = {},
): Pick<RunningJob<'track'>, 'outcome' | 'stop'> {
  const source = frames[Symbol.asyncIterator]()
  let broken: { readonly error: unknown } | undefined

  async function giveNext(): Promise<void> {
    try {
      const { done, value } = await source.next()
      job.give(done ? null : { time: value.time, image: value.image })
    } catch (error) {
      broken = { error }
      job.stop()
    }
  }

  const job = engine.start('track', parameters, { ...events, wanted: () => void giveNext() })

  async function result() {
    try {
      const outcome = await job.outcome
      if (broken === undefined) return outcome
    } catch (error) {
      broken ??= { error }
    } finally {
      await source.return?.()
    }
    throw broken.error
  }

  return { outcome: result(), stop: job.stop }
}

import type { EngineClient, RunningJob } from './client.ts'
import type { JobEvents, JobName, Jobs } from './protocol.ts'

/** Jobs that are sent something for each frame of a film, when they ask for it. */
export type FedJobName = { [J in JobName]: Jobs[J] extends { frame: unknown } ? J : never }[JobName]

/**
 * Has the engine do a job for whose frames it asks one at a time. The iteration is left when the job is over. Rejects with
 * MienError, also with what the frames throw.
 */
export function startFedJob<J extends FedJobName>(
  engine: Pick<EngineClient, 'start'>,
  name: J,
  parameters: Jobs[J]['parameters'],
  frames: AsyncIterable<Jobs[J]['frame']>,
  events: JobEvents = {},
): Pick<RunningJob<J>, 'outcome' | 'stop'> {
  const source = frames[Symbol.asyncIterator]()
  let broken: { readonly error: unknown } | undefined

  async function giveNext(): Promise<void> {
    try {
      const { done, value } = await source.next()
      job.give(done ? null : value)
    } catch (error) {
      broken = { error }
      job.stop()
    }
  }

  const job = engine.start(name, parameters, { ...events, wanted: () => void giveNext() })

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

import type { Service } from '../../shared/contract.ts'
import type { Run } from '../../shared/run.ts'
import type { RunQueue } from '../runs/queue.ts'
import type { Scheduler } from '../runs/scheduler.ts'
import type { RunStore } from '../runs/store.ts'

export interface QueueCommandNeeds {
  readonly store: RunStore
  readonly queue: RunQueue
  readonly scheduler: Scheduler
}

/** The runs that wait or are under way. */
export function queueCommands({
  store,
  queue,
  scheduler,
}: QueueCommandNeeds): Pick<Service, 'queue.list' | 'queue.move'> {
  const list = (): Run[] => queue.members.map(store.show)
  return {
    'queue.list': async () => list(),
    async 'queue.move'({ run, to }) {
      await queue.move(run, to, (key) => scheduler.active(key) === undefined)
      return list()
    },
  }
}

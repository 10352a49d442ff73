import type { Service } from '../../shared/contract.ts'
import type { Run } from '../../shared/run.ts'
import type { RunQueue } from '../runs/queue.ts'
import type { Conductor } from '../runs/scheduler.ts'
import type { RunShelf } from '../runs/store.ts'

export interface QueueCommandNeeds {
  readonly shelf: RunShelf
  readonly queue: RunQueue
  readonly conductor: Conductor
}

/** The runs that wait or are under way. */
export function queueCommands({
  shelf,
  queue,
  conductor,
}: QueueCommandNeeds): Pick<Service, 'queue.list' | 'queue.move'> {
  const list = (): Run[] => queue.members.map(shelf.show)
  return {
    'queue.list': async () => list(),
    async 'queue.move'({ run, to }) {
      await queue.move(run, to, (key) => conductor.active(key) === undefined)
      return list()
    },
  }
}

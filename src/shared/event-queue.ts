import type { Emit, EventData, EventName } from './events.ts'
import { replaceable } from './events.ts'

/** Something that the service told. */
export type ServiceEvent = { [E in EventName]: { readonly name: E; readonly data: EventData<E> } }[EventName]

/** What one reader has not read yet. */
export interface EventQueue {
  push(event: ServiceEvent): void
  /** The oldest event that was not read; waits while there is none. Undefined once the queue is closed. */
  next(): Promise<ServiceEvent | undefined>
  close(): void
}

/** A reader that is behind by more than this has gone, or must begin anew. */
const mostUnread = 10_000
/** Of one run: more than a chart shows. */
const mostRows = 4000

/**
 * A queue that never grows without end: of events that replace each other it keeps the newest, metrics of one run are
 * joined, and it closes when its reader falls too far behind.
 */
export function eventQueue(): EventQueue {
  const unread = new Map<unknown, ServiceEvent>()
  let wake: (() => void) | undefined
  let closed = false

  function close(): void {
    closed = true
    unread.clear()
    wake?.()
  }

  return {
    push(event) {
      if (closed) return
      const key = keyOf(event)
      const before = unread.get(key)
      // To the end, so that nothing overtakes what came after the one that is replaced.
      unread.delete(key)
      unread.set(key, before === undefined ? event : joined(before, event))
      if (unread.size > mostUnread) close()
      else wake?.()
    },
    async next() {
      while (unread.size === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const [oldest] = unread
      if (oldest !== undefined) unread.delete(oldest[0])
      return oldest?.[1]
    },
    close,
  }
}

/** Events with one key become one; a key of its own, where none may be missed. */
function keyOf({ name, data }: ServiceEvent): unknown {
  if (name === 'run.metrics') return `${name} ${data.run}`
  if (!replaceable.has(name)) return Symbol(name)
  if (name === 'run') return `${name} ${data.id}`
  if (name === 'driver.progress' || name === 'film.progress') return `${name} ${data.project}`
  return name === 'run.preview' || name === 'run.film' ? `${name} ${data.run}` : name
}

function joined(before: ServiceEvent, event: ServiceEvent): ServiceEvent {
  if (before.name !== 'run.metrics' || event.name !== 'run.metrics') return event
  const rows = [...before.data.rows, ...event.data.rows].slice(-mostRows)
  const changes = [...before.data.changes, ...event.data.changes].slice(-mostRows)
  return { name: event.name, data: { run: event.data.run, rows, changes } }
}

/** Everyone who listens to one service, each at its own pace. */
export interface EventReaders {
  readonly emit: Emit
  /** A queue of its own; close it to leave. */
  open(): EventQueue
}

export function eventReaders(): EventReaders {
  const queues = new Set<EventQueue>()
  return {
    emit: (name, data) => {
      for (const queue of queues) queue.push({ name, data } as ServiceEvent)
    },
    open() {
      const queue = eventQueue()
      queues.add(queue)
      return {
        ...queue,
        close() {
          queues.delete(queue)
          queue.close()
        },
      }
    },
  }
}

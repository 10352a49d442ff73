import * as v from 'valibot'
import { type CommandName, contract, type Parameters, type Result } from '../../shared/contract.ts'
import { type EventData, type EventName, eventNames, events } from '../../shared/events.ts'
import type { ExportedFile } from '../../shared/exports.ts'
import { httpTransport } from './http-transport.ts'
import { pageToken } from './page-token.ts'
import { preloadTransport } from './preload-transport.ts'
import { ServiceFailure } from './service-failure.ts'
import type { Connection, Saved, Transport } from './transport.ts'

export { ServiceFailure }

/** The service, as the window sees it. */
export interface Client {
  /** @throws ServiceFailure */
  call<C extends CommandName>(name: C, parameters: Parameters<C>): Promise<Result<C>>
  /** Gives back how to stop listening. */
  on<E extends EventName>(event: E, listener: (data: EventData<E>) => void): () => void
  /** `connected` after anything else: events were missed, what is shown must be asked for again. */
  onConnection(listener: (now: Connection) => void): () => void
  readonly connection: Connection
  /** Gives the service a large file, a checkpoint; the id is for `models.import`. @throws ServiceFailure */
  upload(file: File): Promise<string>
  /** Saves a file where the user wants it; null if they thought better of it. @throws ServiceFailure */
  save(file: ExportedFile): Promise<Saved | null>
  /** Shows the folder of all that belongs to the user; null in a browser. */
  readonly showFolder: (() => Promise<void>) | null
}

/** The client of the host that this window runs in: the app where its bridge is there, a browser otherwise. */
export async function connect(): Promise<Client> {
  const bridge = window.mien
  return clientOver(
    bridge === undefined ? httpTransport(location.origin, await pageToken()) : preloadTransport(bridge),
  )
}

/** Checks what crosses, both ways, and hands events to those who listen. */
export function clientOver(transport: Transport): Client {
  const listeners = new Map(eventNames.map((name) => [name, new Set<(data: never) => void>()]))
  const connectionListeners = new Set<(now: Connection) => void>()
  let connection: Connection = 'connected'
  let tellListening: () => void
  // A call before that could give what an event changes that nobody hears.
  const listening = new Promise<void>((resolve) => {
    tellListening = resolve
  })

  transport.listen(
    (name, data) => {
      const heard = listeners.get(name as EventName)
      if (heard === undefined) return
      const checked = v.safeParse(events[name as EventName], data)
      if (!checked.success) return console.error(`An event ${name} is not as it should be.`, checked.issues)
      for (const listener of [...heard]) {
        try {
          listener(checked.output as never)
        } catch (error) {
          console.error(error)
        }
      }
    },
    (now) => {
      tellListening()
      if (now === connection) return
      connection = now
      for (const listener of [...connectionListeners]) listener(now)
    },
  )

  return {
    async call(name, parameters) {
      const { parameters: asked, result } = contract[name]
      const checked = v.parse(asked, parameters)
      await listening
      const outcome = await transport.call(name, checked)
      if ('failure' in outcome) throw new ServiceFailure(outcome.failure)
      return v.parse(result, outcome.ok) as never
    },
    on: (event, listener) => subscribe(listeners.get(event)!, listener),
    onConnection: (listener) => subscribe(connectionListeners, listener),
    get connection() {
      return connection
    },
    upload: (file) => transport.upload(file),
    save: (file) => transport.save(file),
    showFolder: transport.showFolder,
  }
}

function subscribe<T>(set: Set<T>, listener: T): () => void {
  set.add(listener)
  return () => set.delete(listener)
}

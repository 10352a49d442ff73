import type { Outcome } from '../../shared/bridge.ts'
import type { ExportedFile } from '../../shared/exports.ts'

/** `refused`: the host is there and does not know the page. */
export type Connection = 'connected' | 'lost' | 'refused'

/** What carries calls and events to the service, without a thought for what they mean. */
export interface Transport {
  call(name: string, parameters: unknown): Promise<Outcome>
  /** Begins to listen, once, and tells whether events come. */
  listen(event: (name: string, data: unknown) => void, connection: (now: Connection) => void): void
  upload(file: File): Promise<string>
  save(file: ExportedFile): Promise<Saved | null>
  /** Shows the folder of all that belongs to the user; null where no window can do that. */
  readonly showFolder: (() => Promise<void>) | null
}

/** Where a saved file is; null where the browser has a place for downloads. */
export interface Saved {
  readonly path: string | null
}

import type { Failure } from './failure.ts'

/** How a call ends; `ok` may be anything, the one who called checks it. */
export type Outcome = { readonly ok: unknown } | { readonly failure: Failure }

/** What the preload of the app puts on the window's global object, under `bridgeName`. */
export interface Bridge {
  call(name: string, parameters: unknown): Promise<Outcome>
  on(event: string, listener: (data: unknown) => void): void
  /** Lets the service read a file that the user chose; gives the id of the upload. */
  upload(file: File): Promise<string>
  /** Asks where a file is to go and writes it there; gives its path, or null if the user thought better of it. */
  save(name: string, bytes: Uint8Array): Promise<Outcome>
}

export const bridgeName = 'mien'

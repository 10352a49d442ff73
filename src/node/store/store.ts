/** What a store keeps apart, so that each may be emptied on its own: what jobs are made of, how far they are, what came of them. */
export const storeAreas = ['inputs', 'states', 'results'] as const
export type StoreArea = (typeof storeAreas)[number]

/**
 * Files that all machines of a cluster see, each under the SHA-256 of its content. What is read is checked against its hash first, so
 * that nothing has to be believed of the disk or of who writes to it.
 *
 * All methods throw MienError 'unreadable-file' or 'unwritable' where the store itself is gone or takes nothing.
 */
export interface Store {
  /** Tells it from other stores, wherever it is mounted. */
  readonly id: string
  /** Throws where it is gone, or another one is in its place. */
  check(): Promise<void>
  has(area: StoreArea, sha256: string): Promise<boolean>
  /** Keeps bytes; gives their hash. */
  put(area: StoreArea, bytes: Uint8Array): Promise<string>
  /** Keeps a copy of a file; gives its hash. Throws MienError 'unreadable-file' for one that cannot be read. */
  putFile(area: StoreArea, path: string): Promise<string>
  /** Throws MienError 'mismatch' for what is missing or was changed, 'bad-file' beyond `limit` bytes. */
  read(area: StoreArea, sha256: string, limit: number): Promise<Uint8Array>
  /** Writes a copy to a path, whole or not at all. Throws MienError 'mismatch' for what is missing or was changed. */
  fetch(area: StoreArea, sha256: string, path: string): Promise<void>
  /** Removes what may be there. */
  remove(area: StoreArea, sha256: string): Promise<void>
}

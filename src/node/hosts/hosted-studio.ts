import { join } from 'node:path'
import type { Service } from '../../shared/contract.ts'
import { type EventReaders, eventReaders } from '../../shared/event-queue.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { openStudio } from '../studio/studio.ts'
import { openUploads, type Uploads } from './uploads.ts'

/** The service with what a host needs around it. */
export interface HostedStudio {
  readonly service: Service
  readonly events: EventReaders
  readonly uploads: Uploads
  /** Ends what runs, so that it goes on the next time. */
  close(): Promise<void>
}

export interface HostedStudioOptions {
  /** The folder of all that belongs to the user. */
  readonly home: string
  readonly spawn: SpawnWorker
  readonly host: 'app' | 'browser'
}

/** Opens the service for a host. Throws MienError 'unwritable'. */
export async function openHostedStudio({ home, spawn, host }: HostedStudioOptions): Promise<HostedStudio> {
  const uploads = await openUploads(join(home, 'uploads'))
  const events = eventReaders()
  const studio = await openStudio({ home, spawn, host, emit: events.emit, uploads })
  return {
    service: studio.service,
    events,
    uploads,
    async close() {
      await studio.close()
      await uploads.dispose()
    },
  }
}

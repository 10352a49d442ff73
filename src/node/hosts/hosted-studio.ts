import { join } from 'node:path'
import type { Service } from '../../shared/contract.ts'
import { type EventReaders, eventReaders } from '../../shared/event-queue.ts'
import { openStudio, type StudioOptions } from '../studio/studio.ts'
import { openUploads, type Uploads } from './uploads.ts'

/** The service with what a host needs around it. */
export interface HostedStudio {
  readonly service: Service
  readonly events: EventReaders
  readonly uploads: Uploads
  /** Ends what runs, so that it goes on the next time. */
  close(): Promise<void>
}

export type HostedStudioOptions = Pick<StudioOptions, 'home' | 'spawn' | 'askProxy' | 'host' | 'cluster'>

/** Opens the service for a host. Throws MienError 'unwritable'. */
export async function openHostedStudio({
  home,
  spawn,
  askProxy,
  host,
  cluster,
}: HostedStudioOptions): Promise<HostedStudio> {
  const uploads = await openUploads(join(home, 'uploads'))
  const events = eventReaders()
  const studio = await openStudio({ home, spawn, askProxy, host, cluster, emit: events.emit, uploads })
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

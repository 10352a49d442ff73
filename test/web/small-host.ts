import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openUploads, type Uploads } from '../../src/node/hosts/uploads.ts'
import { startWebHost, type WebHost } from '../../src/node/web/web-host.ts'
import type { CommandName, Service } from '../../src/shared/contract.ts'
import { type EventReaders, eventReaders } from '../../src/shared/event-queue.ts'
import { recordingService } from '../unit/recording-service.ts'

export interface SmallHost extends WebHost {
  readonly token: string
  readonly events: EventReaders
  readonly uploads: Uploads
  /** Where its uploads are. */
  readonly folder: string
  /** The commands that were entered. */
  readonly entered: CommandName[]
  readonly defects: unknown[]
}

/** A web host with a window of one page and a service that answers what it is told to. */
export async function smallHost(
  answers: Partial<Service> = {},
  options: { readonly port?: number; readonly token?: string } = {},
): Promise<SmallHost> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-web-'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Mien</title>')
  writeFileSync(join(folder, 'secret.txt'), 'not for the window')
  const { service, entered } = recordingService(answers)
  const events = eventReaders()
  const uploads = await openUploads(join(folder, 'uploads'))
  const defects: unknown[] = []
  const report = (_command: string, defect: unknown) => defects.push(defect)
  const host = await startWebHost({ service, events, uploads, windowFolder: folder, report, ...options })
  return {
    ...host,
    token: new URL(host.url).hash.slice('#token='.length),
    events,
    uploads,
    folder,
    entered,
    defects,
    async close() {
      await host.close()
      await uploads.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

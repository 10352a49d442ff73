import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { startApp } from '../../src/main/app.ts'
import type { HostedStudio } from '../../src/node/hosts/hosted-studio.ts'
import { openUploads } from '../../src/node/hosts/uploads.ts'
import { type Bridge, bridgeName } from '../../src/shared/bridge.ts'
import type { CommandName, Service } from '../../src/shared/contract.ts'
import { eventReaders } from '../../src/shared/event-queue.ts'
import { defaultPreferences } from '../../src/shared/preferences.ts'
import { recordingService } from '../unit/recording-service.ts'
import * as electron from './memory-electron.ts'

export interface StartedApp {
  /** The Electron that it runs over. */
  readonly electron: typeof electron
  readonly studio: HostedStudio
  /** The commands that were entered. */
  readonly entered: CommandName[]
  readonly home: string
  /** How often the studio was closed. */
  readonly closed: () => number
  /** Loads the preload for the page of the first window, and gives what the page sees. */
  page(): Promise<Bridge>
}

/** Starts the app over the Electron in memory, as if nothing had run before, with a service that answers what it is told to. */
export async function startedApp(
  answers: Partial<Service> = {},
  options: {
    readonly argv?: readonly string[]
    readonly onlyInstance?: boolean
    readonly home?: string
    /** Why the studio cannot be opened. */
    readonly fault?: Error
  } = {},
): Promise<StartedApp> {
  electron.restart()
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'mien-app-'))
  const windowFolder = join(home, 'renderer')
  const browserFolder = join(home, 'browser')
  for (const folder of [windowFolder, browserFolder]) mkdirSync(folder, { recursive: true })
  writeFileSync(join(windowFolder, 'index.html'), '<!doctype html><title>Mien</title>')
  const { service, entered } = recordingService({
    'preferences.get': async () => defaultPreferences,
    ...answers,
  })
  const events = eventReaders()
  let closed = 0
  const studio: HostedStudio = {
    service,
    events,
    uploads: await openUploads(join(home, 'uploads')),
    async close() {
      closed++
    },
  }
  electron.app.onlyInstance = options.onlyInstance ?? true
  await startApp({
    home,
    browserFolder,
    windowFolder,
    async openStudio() {
      if (options.fault !== undefined) throw options.fault
      return studio
    },
    argv: options.argv ?? ['mien'],
  })
  entered.length = 0
  return {
    electron,
    studio,
    entered,
    home,
    closed: () => closed,
    async page() {
      const { webContents } = electron.windows[0]!
      electron.ipcRenderer.event = { sender: webContents, senderFrame: webContents.mainFrame }
      vi.resetModules()
      await import('../../src/preload/index.ts')
      return electron.contextBridge.exposed.get(bridgeName) as Bridge
    },
  }
}

export function removeHome({ home }: StartedApp): void {
  rmSync(home, { recursive: true, force: true })
}

import { isAbsolute } from 'node:path'
import { BrowserWindow, type IpcMainInvokeEvent, ipcMain } from 'electron'
import { MienError } from '../engine/errors.ts'
import { dispatch, failureOf, type Report } from '../node/hosts/dispatch.ts'
import type { HostedStudio } from '../node/hosts/hosted-studio.ts'
import type { Outcome } from '../shared/bridge.ts'
import { channels } from '../shared/channels.ts'
import { commandNames } from '../shared/contract.ts'
import type { EventQueue } from '../shared/event-queue.ts'
import { saveFile } from './dialogs.ts'
import { windowAddress } from './protocol.ts'

/** Lets the window's page, and nobody else, call the service, hear its events, and save files. */
export function serveWindow({ service, events, uploads }: HostedStudio, report: Report): void {
  for (const name of commandNames) {
    handle(name, (_window, parameters) => dispatch(service, name, parameters, report))
  }

  const queues = new WeakMap<BrowserWindow, EventQueue>()
  handle(channels.listen, async (window) => {
    // A page that was loaded anew leaves its queue behind.
    queues.get(window)?.close()
    queues.set(window, events.open())
    window.once('closed', () => queues.get(window)?.close())
  })
  handle(channels.next, async (window) => queues.get(window)?.next())

  handle(channels.upload, async (_window, path) => {
    if (typeof path !== 'string' || !isAbsolute(path)) throw refused
    return uploads.refer(path)
  })
  handle(channels.save, async (window, name, bytes) => {
    if (typeof name !== 'string' || !(bytes instanceof Uint8Array)) throw refused
    try {
      return { ok: await saveFile(window, name, bytes) }
    } catch (error) {
      if (error instanceof MienError) return { failure: failureOf(error) }
      throw error
    }
  })
}

const refused = new Error('refused')

/** Answers a channel to the main frame of a window of ours, while it shows our page. */
function handle(
  channel: string,
  answer: (window: BrowserWindow, ...given: unknown[]) => Promise<Outcome | unknown>,
): void {
  ipcMain.handle(channel, (event, ...given: unknown[]) => {
    const window = windowOf(event)
    if (window === undefined) throw refused
    return answer(window, ...given)
  })
}

/** The window that a message came from; undefined unless it came from its own page. */
function windowOf({ sender, senderFrame }: IpcMainInvokeEvent): BrowserWindow | undefined {
  // Null: the frame is gone or went elsewhere in the meantime.
  if (senderFrame === null || senderFrame.parent !== null || senderFrame !== sender.mainFrame)
    return undefined
  if (!senderFrame.url.startsWith(windowAddress)) return undefined
  return BrowserWindow.fromWebContents(sender) ?? undefined
}

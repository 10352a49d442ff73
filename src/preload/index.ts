import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { type Bridge, bridgeName } from '../shared/bridge.ts'
import { channels } from '../shared/channels.ts'
import { commandNames } from '../shared/contract.ts'
import type { ServiceEvent } from '../shared/event-queue.ts'
import { eventNames } from '../shared/events.ts'

const commands: ReadonlySet<string> = new Set(commandNames)
const listeners: ReadonlyMap<string, ((data: unknown) => void)[]> = new Map(
  eventNames.map((name) => [name, []]),
)

const bridge: Bridge = {
  async call(name, parameters) {
    if (!commands.has(name)) throw new Error('There is no such command.')
    return ipcRenderer.invoke(name, parameters)
  },
  on(event, listener) {
    listeners.get(event)?.push(listener)
  },
  async upload(file) {
    return ipcRenderer.invoke(channels.upload, webUtils.getPathForFile(file))
  },
  async showFolder() {
    await ipcRenderer.invoke(channels.folder)
  },
  async save(name, bytes) {
    return ipcRenderer.invoke(channels.save, name, bytes)
  },
}

/** Asks for one event after the other, so that the window is never told more than it can take. */
async function listen(): Promise<void> {
  await ipcRenderer.invoke(channels.listen)
  for (;;) {
    const event: ServiceEvent | undefined = await ipcRenderer.invoke(channels.next)
    if (event === undefined) return
    for (const listener of listeners.get(event.name) ?? []) listener(event.data)
  }
}

contextBridge.exposeInMainWorld(bridgeName, Object.freeze(bridge))
void listen()

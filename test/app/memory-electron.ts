import { EventEmitter } from 'node:events'
import { existsSync } from 'node:fs'

/*
 * As much of Electron as the main process and the preload use, in memory: it writes down what it is told, and lets a test
 * act as the system, as a page, and as a user.
 */

/** As after a start of the program. */
export function restart(): void {
  windows.length = 0
  app.removeAllListeners()
  Object.assign(app, { onlyInstance: true, ended: [], recent: [], paths: {} })
  ipcMain.handlers.clear()
  protocol.schemes.length = 0
  protocol.handlers.clear()
  Object.assign(shell, { opened: [], folders: [] })
  Object.assign(dialog, { saveTo: '', open: [], told: [], asked: [] })
  Notification.shown.length = 0
  contextBridge.exposed.clear()
}

type Handler = (event: unknown, ...given: unknown[]) => unknown

export class MemoryFrame {
  readonly parent: MemoryFrame | null
  url: string
  constructor(url: string, parent: MemoryFrame | null = null) {
    this.url = url
    this.parent = parent
  }
}

export class MemoryContents extends EventEmitter {
  mainFrame = new MemoryFrame('about:blank')
  windowOpenHandler: ((details: { url: string }) => { action: string }) | undefined
  getURL(): string {
    return this.mainFrame.url
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler
  }
}

class MemoryWindow extends EventEmitter {
  readonly options: Record<string, unknown>
  readonly webContents = new MemoryContents()
  progress: number[] = []
  focused = true
  minimised = false
  bounds = { x: 10, y: 20, width: 1000, height: 700 }
  constructor(options: Record<string, unknown>) {
    super()
    this.options = options
    windows.push(this)
    app.emit('web-contents-created', {}, this.webContents)
  }
  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame = new MemoryFrame(url)
    this.emit('ready-to-show')
  }
  show(): void {
    this.focused = true
  }
  focus(): void {
    this.focused = true
  }
  restore(): void {
    this.minimised = false
  }
  maximize(): void {}
  isMinimized(): boolean {
    return this.minimised
  }
  isMaximized(): boolean {
    return false
  }
  isFocused(): boolean {
    return this.focused
  }
  isDestroyed(): boolean {
    return !windows.includes(this)
  }
  getNormalBounds() {
    return this.bounds
  }
  setProgressBar(progress: number): void {
    this.progress.push(progress)
  }
  close(): void {
    this.emit('close')
    windows.splice(windows.indexOf(this), 1)
    this.emit('closed')
  }
  static fromWebContents(contents: MemoryContents): MemoryWindow | null {
    return windows.find(({ webContents }) => webContents === contents) ?? null
  }
}

export const windows: MemoryWindow[] = []
export { MemoryWindow as BrowserWindow }

class MemoryApp extends EventEmitter {
  isPackaged = true
  sandboxed = false
  onlyInstance = true
  modelId = ''
  ended: string[] = []
  recent: string[] = []
  paths: Record<string, string> = {}
  enableSandbox(): void {
    this.sandboxed = true
  }
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`${path} does not exist`)
    this.paths[name] = path
  }
  setAppUserModelId(id: string): void {
    this.modelId = id
  }
  requestSingleInstanceLock(): boolean {
    return this.onlyInstance
  }
  async whenReady(): Promise<void> {}
  getLocale(): string {
    return 'de-AT'
  }
  addRecentDocument(path: string): void {
    this.recent.push(path)
  }
  quit(): void {
    let prevented = false
    this.emit('before-quit', {
      preventDefault() {
        prevented = true
      },
    })
    if (!prevented) this.ended.push('quit')
  }
  exit(code: number): void {
    this.ended.push(`exit ${code}`)
  }
}
export const app = new MemoryApp()

export const ipcMain = {
  handlers: new Map<string, Handler>(),
  handle(channel: string, handler: Handler): void {
    if (this.handlers.has(channel)) throw new Error(`a second handler for ${channel}`)
    this.handlers.set(channel, handler)
  },
}

export const protocol = {
  schemes: [] as { scheme: string; privileges: Record<string, boolean> }[],
  handlers: new Map<string, (request: Request | { url: string; method: string }) => Response>(),
  registerSchemesAsPrivileged(schemes: { scheme: string; privileges: Record<string, boolean> }[]): void {
    this.schemes.push(...schemes)
  },
  handle(scheme: string, handler: (request: { url: string; method: string }) => Response): void {
    this.handlers.set(scheme, handler)
  },
}

type Answer<T> = (answer: T) => void
class MemorySession {
  permissionRequest!: (
    contents: MemoryContents,
    permission: string,
    answer: Answer<boolean>,
    details: { mediaTypes?: readonly string[] },
  ) => void
  permissionCheck!: (
    contents: MemoryContents | null,
    permission: string,
    origin: string,
    details: { mediaType?: string },
  ) => boolean
  devicePermission!: () => boolean
  beforeRequest!: (details: { url: string }, answer: Answer<{ cancel: boolean }>) => void
  setPermissionRequestHandler(handler: MemorySession['permissionRequest']): void {
    this.permissionRequest = handler
  }
  setPermissionCheckHandler(handler: MemorySession['permissionCheck']): void {
    this.permissionCheck = handler
  }
  setDevicePermissionHandler(handler: MemorySession['devicePermission']): void {
    this.devicePermission = handler
  }
  /** By address what the system's settings say. */
  readonly proxies = new Map<string, string>()
  async resolveProxy(address: string): Promise<string> {
    return this.proxies.get(address) ?? 'DIRECT'
  }
  webRequest = {
    onBeforeRequest: (handler: MemorySession['beforeRequest']) => {
      this.beforeRequest = handler
    },
  }
}
export const session = { defaultSession: new MemorySession() }

export const shell = {
  opened: [] as string[],
  async openExternal(url: string): Promise<void> {
    this.opened.push(url)
  },
  folders: [] as string[],
  async openPath(path: string): Promise<string> {
    this.folders.push(path)
    return ''
  },
}

export const dialog = {
  /** What the user chooses next. */
  saveTo: '',
  open: [] as string[],
  told: [] as string[],
  asked: [] as { defaultPath?: string }[],
  async showSaveDialog(_window: unknown, options: { defaultPath?: string }) {
    this.asked.push(options)
    return { canceled: this.saveTo === '', filePath: this.saveTo }
  },
  async showOpenDialog() {
    return { canceled: this.open.length === 0, filePaths: this.open }
  },
  async showMessageBox({ message }: { message: string }) {
    this.told.push(message)
    return { response: 0 }
  },
  showErrorBox(_title: string, message: string): void {
    this.told.push(message)
  },
}

interface Item {
  readonly label?: string
  readonly role?: string
  readonly click?: () => void
  readonly submenu?: readonly Item[]
}
export const Menu = {
  current: [] as readonly Item[],
  buildFromTemplate: (template: readonly Item[]) => template,
  setApplicationMenu(menu: readonly Item[]): void {
    this.current = menu
  },
}

export const screen = {
  displays: [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
  getAllDisplays() {
    return this.displays
  },
}

export class Notification extends EventEmitter {
  static readonly shown: Notification[] = []
  readonly options: { title: string; body: string }
  constructor(options: { title: string; body: string }) {
    super()
    this.options = options
  }
  static isSupported(): boolean {
    return true
  }
  show(): void {
    Notification.shown.push(this)
  }
}

export class MemoryChild extends EventEmitter {
  readonly entry: string
  readonly sent: unknown[] = []
  readonly stderr = Object.assign(new EventEmitter(), { setEncoding: () => this.stderr })
  pid: number | undefined
  constructor(entry: string) {
    super()
    this.entry = entry
  }
  postMessage(message: unknown): void {
    this.sent.push(message)
  }
}
export const utilityProcess = {
  children: [] as MemoryChild[],
  fork(entry: string): MemoryChild {
    const child = new MemoryChild(entry)
    this.children.push(child)
    return child
  },
}

// Of the preload:

export const contextBridge = {
  exposed: new Map<string, unknown>(),
  exposeInMainWorld(name: string, api: unknown): void {
    this.exposed.set(name, api)
  },
}

export const ipcRenderer = {
  /** Who the messages come from. */
  event: undefined as unknown,
  async invoke(channel: string, ...given: unknown[]): Promise<unknown> {
    const handler = ipcMain.handlers.get(channel)
    if (handler === undefined) throw new Error(`nobody handles ${channel}`)
    return structuredClone(await handler(this.event, ...structuredClone(given)))
  },
}

export const webUtils = { getPathForFile: (file: { path: string }) => file.path }

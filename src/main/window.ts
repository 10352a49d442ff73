import { join } from 'node:path'
import { app, BrowserWindow, type WebPreferences } from 'electron'
import { programFolder } from '../node/host/folders.ts'
import { windowAddress } from './protocol.ts'
import { keepWindowState, readWindowState } from './window-state.ts'

/** The page has the powers of a page in a browser, and the five functions of the preload. */
const webPreferences: WebPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
}

/** Opens the window where it was the last time. */
export async function openWindow(home: string): Promise<BrowserWindow> {
  const { bounds, maximised } = await readWindowState(home)
  const window = new BrowserWindow({
    ...bounds,
    minWidth: 900,
    minHeight: 600,
    // Shown when there is something to see.
    show: false,
    title: 'Mien',
    backgroundColor: '#17181c',
    webPreferences: {
      ...webPreferences,
      devTools: !app.isPackaged,
      preload: join(programFolder(), 'dist', 'preload', 'index.cjs'),
    },
  })
  if (maximised) window.maximize()
  keepWindowState(window, home)
  window.once('ready-to-show', () => window.show())
  await window.loadURL(windowAddress)
  return window
}

/** Brings a window before the user. */
export function showWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

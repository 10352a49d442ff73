import { app, Menu, type MenuItemConstructorOptions, shell } from 'electron'
import type { MenuTexts } from './menu-texts.ts'

export interface MenuActions {
  /** The user asks for project files. */
  readonly open: () => void
  /** Where projects and models lie. */
  readonly home: string
}

/** The native menu. What the window does has its keys there; here is what the system expects. */
export function setMenu(texts: MenuTexts, { open, home }: MenuActions): void {
  const mac = process.platform === 'darwin'
  const template: MenuItemConstructorOptions[] = [
    ...(mac ? [{ role: 'appMenu' } as const] : []),
    {
      label: texts.file,
      submenu: [
        { label: texts.open, accelerator: 'CmdOrCtrl+O', click: open },
        ...(mac ? [recent(texts)] : []),
        { type: 'separator' },
        { role: mac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: texts.view,
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [{ role: 'toggleDevTools' } as const]),
      ],
    },
    { role: 'windowMenu' },
    {
      label: texts.help,
      role: 'help',
      submenu: [{ label: texts.showData, click: () => void shell.openPath(home) }],
    },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}

/** Only macOS shows in the menu what was opened lately; Windows does in its jump list. */
function recent({ recent, clearRecent }: MenuTexts): MenuItemConstructorOptions {
  return {
    label: recent,
    role: 'recentDocuments',
    submenu: [{ label: clearRecent, role: 'clearRecentDocuments' }],
  }
}

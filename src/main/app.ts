import { app, type BrowserWindow, dialog, session } from 'electron'
import { MienError } from '../engine/errors.ts'
import type { Report } from '../node/hosts/dispatch.ts'
import type { HostedStudio } from '../node/hosts/hosted-studio.ts'
import { readWindowFiles } from '../node/hosts/window-files.ts'
import { defaultPreferences } from '../shared/preferences.ts'
import { chooseProjects } from './dialogs.ts'
import { serveWindow } from './ipc.ts'
import { setMenu } from './menu.ts'
import { type MenuTexts, menuTexts } from './menu-texts.ts'
import { openProjectFile, projectsAmong } from './opened-files.ts'
import { registerScheme, serveWindowFiles } from './protocol.ts'
import { signalRuns } from './run-signals.ts'
import { closeContents, closeSession } from './security.ts'
import { openWindow, showWindow } from './window.ts'

export interface AppNeeds {
  /** Where projects, models and preferences lie. */
  readonly home: string
  /** Where Chromium keeps its own things; there already. */
  readonly browserFolder: string
  /** Where the built window lies. */
  readonly windowFolder: string
  readonly openStudio: () => Promise<HostedStudio>
  /** The arguments that the app was started with. */
  readonly argv: readonly string[]
}

/** Starts the app, or, if it runs already, hands over to it and ends. */
export async function startApp({
  home,
  browserFolder,
  windowFolder,
  openStudio,
  argv,
}: AppNeeds): Promise<void> {
  app.enableSandbox()
  registerScheme()
  closeContents()
  app.setPath('userData', browserFolder)
  // As in build/electron-builder.mjs; without it Windows shows no notifications.
  app.setAppUserModelId('studio.mien.app')
  if (!app.requestSingleInstanceLock()) return app.quit()

  // Files may be asked for before there is a studio to open them.
  const asked = [...projectsAmong(argv, process.cwd())]
  let open = async (paths: readonly string[]): Promise<void> => {
    asked.push(...paths)
  }
  app.on('open-file', (event, path) => {
    event.preventDefault()
    void open([path])
  })
  app.on('second-instance', (_event, theirs, folder) => void open(projectsAmong(theirs, folder)))

  try {
    await app.whenReady()
    closeSession(session.defaultSession)
    serveWindowFiles(await readWindowFiles(windowFolder))
    const studio = await openStudio()
    serveWindow(studio, { home, report })
    open = await present(studio, home)
    await open(asked)
  } catch (error) {
    failStart(error)
  }
}

/** Says why the app cannot start, and ends it. */
export function failStart(error: unknown): void {
  const [message, hint] =
    error instanceof MienError ? [error.message, error.hint] : [String(error), undefined]
  report('start', error)
  dialog.showErrorBox('Mien', hint === undefined ? message : `${message} ${hint}`)
  app.exit(1)
}

/** Shows the window, and all that the system sees of the app. Gives back how files are opened in it. */
async function present(
  studio: HostedStudio,
  home: string,
): Promise<(paths: readonly string[]) => Promise<void>> {
  let window: BrowserWindow | undefined
  let texts: MenuTexts

  async function show(): Promise<BrowserWindow> {
    if (window === undefined) {
      window = await openWindow(home)
      window.on('closed', () => {
        window = undefined
      })
    }
    showWindow(window)
    return window
  }

  async function open(paths: readonly string[]): Promise<void> {
    await show()
    for (const path of paths) await openProjectFile(path, studio, report)
  }

  async function preferences() {
    return studio.service['preferences.get']({}).catch(() => defaultPreferences)
  }

  async function word(): Promise<void> {
    texts = menuTexts((await preferences()).language, app.getLocale())
    setMenu(texts, { home, open: async () => open(await chooseProjects(await show(), texts)) })
  }

  await word()
  void followPreferences(studio, word)
  void signalRuns({
    events: studio.events,
    window: () => window,
    texts: () => texts,
    notify: async () => (await preferences()).notify,
    show: async (project) => {
      await show()
      studio.events.emit('project.open', { project })
    },
  })
  app.on('activate', () => void show())
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit()
  })
  endWith(studio)
  return open
}

async function followPreferences({ events }: HostedStudio, word: () => Promise<void>): Promise<void> {
  const queue = events.open()
  for (let event = await queue.next(); event !== undefined; event = await queue.next()) {
    if (event.name === 'preferences') await word()
  }
}

/** Lets runs put down where they are before the app ends. */
function endWith(studio: HostedStudio): void {
  let state: 'open' | 'closing' | 'closed' = 'open'
  app.on('before-quit', (event) => {
    if (state === 'closed') return
    event.preventDefault()
    if (state === 'closing') return
    state = 'closing'
    void studio
      .close()
      .catch((error) => report('quit', error))
      .finally(() => {
        state = 'closed'
        app.quit()
      })
  })
}

const report: Report = (command, defect) => console.error(`Mien, ${command}:`, defect)

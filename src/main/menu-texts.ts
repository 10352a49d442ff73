/** The words of the native menu and its dialogs that Electron has no roles for. */
export interface MenuTexts {
  readonly file: string
  readonly open: string
  readonly recent: string
  readonly clearRecent: string
  readonly view: string
  readonly help: string
  readonly showData: string
  readonly projects: string
  readonly done: string
  readonly failed: string
}

const english: MenuTexts = {
  file: 'File',
  open: 'Open…',
  recent: 'Open Recent',
  clearRecent: 'Clear List',
  view: 'View',
  help: 'Help',
  showData: 'Show Data Folder',
  projects: 'Mien projects',
  done: 'The run is done.',
  failed: 'The run failed.',
}

const german: MenuTexts = {
  file: 'Datei',
  open: 'Öffnen …',
  recent: 'Zuletzt geöffnet',
  clearRecent: 'Liste leeren',
  view: 'Darstellung',
  help: 'Hilfe',
  showData: 'Datenordner zeigen',
  projects: 'Mien-Projekte',
  done: 'Der Lauf ist fertig.',
  failed: 'Der Lauf ist fehlgeschlagen.',
}

/** In the language that the user chose, or the system's. */
export function menuTexts(language: 'system' | 'en' | 'de', systemLocale: string): MenuTexts {
  const chosen = language === 'system' ? systemLocale.slice(0, 2) : language
  return chosen === 'de' ? german : english
}

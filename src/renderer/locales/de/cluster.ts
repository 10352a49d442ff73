import type { Messages } from '../en.ts'

export const cluster: Messages['cluster'] = {
  title: 'Die Warteschlange Ihres Clusters',
  intro:
    'Was „mien batch --queue“ eingereiht hat, und wer daran arbeitet. Die Seite bleibt aktuell, solange sie offen ist.',
  away: 'Die Warteschlange unter {address} antwortet nicht. Diese Seite wartet auf sie.',
  refused: 'Diese Warteschlange lässt sich nicht beobachten',
  paused: 'Angehalten: Was läuft, läuft weiter; nichts Neues beginnt.',
  pause: 'Anhalten',
  resume: 'Weiter',
  waiting: 'Wartend',
  running: 'Laufend',
  failed: 'Gescheitert',
  done: 'Fertig, noch nicht abgeholt',
  workers: 'Arbeiter',
  noWorkers: 'Kein Arbeiter ist da. Starten Sie auf jedem Rechner einen: mien worker',
  empty: 'Hier wartet nichts. Reihen Sie Aufträge mit „mien batch --queue“ ein.',
  none: 'Keine.',
  progress: 'Fortschritt von {name}',
  retry: 'Noch einmal',
  retryAll: 'Alle noch einmal',
  retryOne: '{name} noch einmal',
  remove: '{name} entfernen',
  drain: 'Alle Wartenden herausnehmen',
  drainSure: 'Alle Wartenden herausnehmen?',
  drainText:
    'Was läuft, bleibt. Für den Stapel, der diese Aufträge eingereiht hat, sind sie gescheitert; er kann sie wieder einreihen.',
  more: 'und {n} weitere',
}

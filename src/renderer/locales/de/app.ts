export const app = {
  gallery: 'Projekte',
  models: 'Modelle',
  cluster: 'Cluster',
  settings: 'Einstellungen',
  shortcuts: 'Tastenkürzel',
  places: 'Bereiche',
  close: 'Schließen',
  cancel: 'Abbrechen',
  undo: 'Rückgängig',
  more: 'Mehr',
  notices: 'Meldungen',
  refused:
    'Mien kennt dieses Fenster nicht: Die Adresse wurde schon benutzt oder ist zu alt. Öffnen Sie die Adresse, die Mien ausgegeben hat.',
  lost: 'Keine Verbindung zu Mien. Falls es beendet wurde, bitte neu starten: Dieses Fenster findet es von selbst wieder, und Läufe gehen weiter, wo sie waren.',
  loading: 'Einen Moment …',
  untitled: 'Ohne Namen',
  downloaded: '„{name}“ liegt bei den Downloads des Browsers.',
  savedAs: 'Gespeichert als {path}',
}

export const queue = {
  title: 'Warteschlange',
  open: 'Warteschlange zeigen',
  waiting: 'wartet | {n} warten',
  goTo: 'Zu {name}',
  progress: '{percent} %',
  steps: '{n} Schritt | {n} Schritte',
  frames: '{n} Bild | {n} Bilder',
  left: 'noch {time}',
  live: 'bis Sie abschließen',
  starting: 'startet',
  paused: 'angehalten',
  finishing: 'läuft aus',
  queued: 'wartet',
  earlier: 'Früher',
  later: 'Später',
  cancel: 'Aus der Warteschlange nehmen',
  stop: 'Beenden und behalten',
  done: '„{name}“ ist fertig.',
  failed: '„{name}“ ist fehlgeschlagen.',
  show: 'Zeigen',
}

export const failures = {
  'wrong-use': 'Das geht so nicht',
  'unreadable-file': 'Eine Datei ist nicht lesbar',
  'bad-file': 'Eine Datei ist beschädigt',
  forbidden: 'Eine Datei verlangt Unerlaubtes',
  'unsupported-model': 'Dieses Netz kennt Mien nicht',
  mismatch: 'Das gehört nicht zusammen',
  'bad-image': 'Ein Bild ist nicht verwendbar',
  'bad-graph': 'Ein Netz lässt sich nicht berechnen',
  unwritable: 'Das Speichern ist fehlgeschlagen',
  download: 'Das Herunterladen ist gescheitert',
  device: 'Das Gerät hat versagt',
  stopped: 'Abgebrochen',
  lost: 'Keine Verbindung zu Mien',
  unexpected: 'Das ist ein Fehler in Mien',
}

export const drop = {
  project:
    'Ablegen, um aus diesem Bild ein Projekt zu machen | Ablegen für ein neues Projekt: erst das Aussehen, dann Ausdruck und Haltung',
  film: 'Ablegen für ein neues Projekt: das Aussehen, bewegt wie im Video',
  other: 'Bilder, Videos, .mienz-Projekte oder Modelldateien hier ablegen',
  unknown:
    'Mit „{name}“ kann Mien nichts anfangen. | Mit „{name}“ und einer anderen Datei kann Mien nichts anfangen. | Mit „{name}“ und {n} anderen Dateien kann Mien nichts anfangen.',
  unknownHint:
    'Abgelegt werden können Bilder, Videos, Bewegungen, .mienz-Dateien, Ordner von Projekten und Läufen sowie Modelldateien.',
  notProject: '„{name}“ ist weder ein Mien-Projekt noch ein Lauf.',
  notProjectHint:
    'Der Ordner eines Projekts enthält eine Datei project.json, der eines Laufs, wie „mien project“ ihn anlegt, eine Datei run.json.',
  unpacked: '„{name}“ wurde aufgenommen.',
  pasted: 'Eingefügtes Bild',
}

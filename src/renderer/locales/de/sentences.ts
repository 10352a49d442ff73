import type { Sentences } from '../sentences.ts'
import { clips } from './clip-sentences.ts'
import { downloads } from './download-sentences.ts'
import { films } from './film-sentences.ts'
import { devices, models, runs } from './run-sentences.ts'
import { strangers } from './stranger-sentences.ts'

const pictures: Sentences = {
  '{} is empty.': '{0} ist leer.',
  '{} is not a picture.': '{0} ist kein Bild.',
  '{} is {}, which Mien does not read.': '{0} ist {1}; so etwas liest Mien nicht.',
  'a HEIC picture': 'ein HEIC-Bild',
  'an SVG drawing': 'eine SVG-Zeichnung',
  'a PDF document': 'ein PDF-Dokument',
  'a BMP picture': 'ein BMP-Bild',
  'a JPEG XL picture': 'ein JPEG-XL-Bild',
  'a Photoshop document': 'ein Photoshop-Dokument',
  'a video': 'ein Video',
  'a TIFF of floating-point numbers': 'ein TIFF mit Gleitkommazahlen',
  'a TIFF of signed numbers': 'ein TIFF mit vorzeichenbehafteten Zahlen',
  'a TIFF of more than 16 bits a channel': 'ein TIFF mit mehr als 16 Bit je Kanal',
  'a TIFF in Lab colours': 'ein TIFF in Lab-Farben',
  'a zip archive': 'ein Zip-Archiv',
  '{} has {} x {} pixels ({} megapixels); Mien takes up to {}.':
    '{0} hat {1} × {2} Pixel ({3} Megapixel); Mien nimmt bis zu {4}.',
  '{} is in the project already.': '{0} ist schon im Projekt.',
  '{} has {} x {} pixels ({} megapixels); it was scaled down to {} x {}.':
    '{0} hat {1} × {2} Pixel ({3} Megapixel); es wurde auf {4} × {5} verkleinert.',
  '{} has {} x {} pixels; a face needs at least {} x {}.':
    '{0} hat nur {1} × {2} Pixel; ein Gesicht braucht mindestens {3} × {4}.',
  '{} has 1 x 1 pixel; a face needs at least {} x {}.':
    '{0} hat nur ein Pixel; ein Gesicht braucht mindestens {1} × {2}.',
  '{} takes longer than {} seconds to decode.': 'Das Entschlüsseln von {0} dauert länger als {1} Sekunden.',
  '{} is damaged or cut short and cannot be decoded.':
    '{0} ist beschädigt oder unvollständig und lässt sich nicht entschlüsseln.',
  '{} is damaged: {} of the picture cannot be decoded.':
    '{0} ist beschädigt: {1} des Bildes lässt sich nicht entschlüsseln.',
  'a part': 'ein Teil',
  'the lower {} %': 'der untere Teil ({0} %)',
  'No face was found in {}.': 'In {0} wurde kein Gesicht gefunden.',
  '{} shows {}; there is no face {}.': '{0} zeigt {1}; ein Gesicht {2} gibt es nicht.',
  'no face': 'kein Gesicht',
  'one face': 'ein Gesicht',
  '{} faces': '{0} Gesichter',
  '{} has no face {}.': '{0} hat kein Gesicht {1}.',
  'There is no photograph to warp: the look shows no face.':
    'Es gibt kein Foto, das sich verformen ließe: Im Bild für das Aussehen ist kein Gesicht.',
  'Choose a photograph in which a face is found, or cut its face out.':
    'Wähle ein Foto, in dem ein Gesicht gefunden wird, oder schneide das Gesicht selbst aus.',
  'The square does not fit {}.': 'Das Quadrat passt nicht zu {0}.',
  'The landmarks lie in one place and make no face.':
    'Die Merkpunkte liegen an einer Stelle und ergeben kein Gesicht.',
  'The landmarks do not fit the picture: they make a square of {} pixels about ({}, {}) in {} x {}.':
    'Die Merkpunkte passen nicht zum Bild: Sie ergeben ein Quadrat von {0} Pixeln um ({1}, {2}) in {3} × {4}.',
  'This picture was to stay as it is, so there is nothing to align.':
    'Ein Bild, das nicht ausgerichtet werden soll, kann nicht ausgerichtet werden.',
  'Choose a {} picture.': 'Wählen Sie ein Bild ({0}).',
  'JPEG, PNG, WebP, GIF, TIFF or AVIF': 'JPEG, PNG, WebP, GIF, TIFF oder AVIF',
  'Save it as JPEG or PNG first: open it in the photo app of the phone or computer and export it.':
    'Speichern Sie es zuerst als JPEG oder PNG: in der Foto-App des Telefons oder Rechners öffnen und exportieren.',
  'Export it as PNG first.': 'Exportieren Sie es zuerst als PNG.',
  'Export the page as PNG first.': 'Exportieren Sie die Seite zuerst als PNG.',
  'Save it as PNG first.': 'Speichern Sie es zuerst als PNG.',
  'Save it as JPEG or PNG first.': 'Speichern Sie es zuerst als JPEG oder PNG.',
  'Save it with 8 or 16 bits a channel first.': 'Speichern Sie es zuerst mit 8 oder 16 Bit je Kanal.',
  'Save it in RGB colours first.': 'Speichern Sie es zuerst in RGB-Farben.',
  'Export one frame of it as PNG first.': 'Exportieren Sie zuerst eines seiner Bilder als PNG.',
  'Shrink the picture first; a face needs no more than about 2000 pixels.':
    'Verkleinern Sie das Bild zuerst; ein Gesicht braucht nicht mehr als etwa 2000 Pixel.',
  'Open it in another program and save it again, or choose another {} picture.':
    'Öffnen Sie es in einem anderen Programm und speichern Sie es neu, oder wählen Sie ein anderes Bild ({0}).',
  'Choose a larger picture.': 'Wählen Sie ein größeres Bild.',
  'Choose one of the faces that were found, or align it by hand.':
    'Wählen Sie eines der gefundenen Gesichter, oder richten Sie das Bild von Hand aus.',
  'Draw it smaller, with its middle inside the picture.': 'Ziehen Sie es kleiner, mit der Mitte im Bild.',
  'Give the 68 landmarks as pixels of the upright picture, in the order of iBUG 300-W.':
    'Geben Sie die 68 Merkpunkte als Pixel des aufrechten Bildes, in der Reihenfolge von iBUG 300-W.',
}

const files: Sentences = {
  '{} does not exist.': '{0} gibt es nicht.',
  '{} is a folder, not a file.': '{0} ist ein Ordner, keine Datei.',
  '{} may not be read.': '{0} darf nicht gelesen werden.',
  '{} cannot be read ({}).': '{0} lässt sich nicht lesen ({1}).',
  '{} cannot be read.': '{0} lässt sich nicht lesen.',
  '{} is no file.': '{0} ist keine Datei.',
  'The file "{}" ends before its data does.': 'Die Datei „{0}“ endet vor ihren Daten.',
  'The file "{}" became shorter while it was read.': 'Die Datei „{0}“ wurde beim Lesen kürzer.',
  'The file "{}" does not exist.': 'Die Datei „{0}“ gibt es nicht.',
  'The file "{}" cannot be opened.': 'Die Datei „{0}“ lässt sich nicht öffnen.',
  '{} has {}; at most {} are read.': '{0} hat {1}; gelesen werden höchstens {2}.',
  'The file has more than {}.': 'Die Datei hat mehr als {0}.',
  '{}: {} are free, {} are needed.': '{0}: {1} sind frei, {2} werden gebraucht.',
  '{} cannot be written: {}.': '{0} lässt sich nicht schreiben: {1}.',
  'the disk is full': 'der Datenträger ist voll',
  'your share of the disk is used up': 'Ihr Anteil am Datenträger ist aufgebraucht',
  'you may not write there': 'dort dürfen Sie nicht schreiben',
  'the disk is read-only': 'der Datenträger ist schreibgeschützt',
  'a part of the path is a file, not a folder': 'ein Teil des Pfades ist eine Datei, kein Ordner',
  'a file of that name is in the way': 'eine Datei dieses Namens ist im Weg',
  'a folder of that name is in the way': 'ein Ordner dieses Namens ist im Weg',
  'the folder does not exist': 'den Ordner gibt es nicht',
  'the name is too long': 'der Name ist zu lang',
  'There is no home folder in which projects and models could be kept.':
    'Es gibt keinen persönlichen Ordner für Projekte und Modelle.',
  'Set MIEN_HOME to a folder for them.': 'Nennen Sie mit MIEN_HOME einen Ordner dafür.',
  'Check the path.': 'Prüfen Sie den Pfad.',
  'Check that it may be read and is not in use.':
    'Prüfen Sie, ob sie gelesen werden darf und nicht in Gebrauch ist.',
  'Give the path of a file.': 'Geben Sie den Pfad einer Datei.',
  'Name a file in it.': 'Nennen Sie eine Datei darin.',
  'Change its permissions, or copy it to a folder of your own.':
    'Ändern Sie die Rechte, oder kopieren Sie sie in einen eigenen Ordner.',
  'Check the disk it lies on.': 'Prüfen Sie den Datenträger, auf dem sie liegt.',
  'Free some space, or choose a folder on another disk.':
    'Machen Sie Platz, oder wählen Sie einen Ordner auf einem anderen Datenträger.',
  'Choose a folder in which you may write.': 'Wählen Sie einen Ordner, in den Sie schreiben dürfen.',
  'Choose another folder.': 'Wählen Sie einen anderen Ordner.',
  'Choose another name.': 'Wählen Sie einen anderen Namen.',
  'Make it first, or choose another.': 'Legen Sie ihn zuerst an, oder wählen Sie einen anderen.',
  'Choose a shorter one.': 'Wählen Sie einen kürzeren.',
  'The file that was chosen is no longer there.': 'Die ausgewählte Datei ist nicht mehr da.',
  'Choose it again.': 'Wählen Sie sie noch einmal aus.',
  '{} has no latent: the key "w" is missing among {}.':
    '{0} hat kein Latent: Der Schlüssel „w“ fehlt unter {1}.',
  '{} holds an array of shape [{}]; a latent is [w_dim], [num_ws, w_dim] or [1, num_ws, w_dim].':
    '{0} enthält ein Feld der Form [{1}]; ein Latent ist [w_dim], [num_ws, w_dim] oder [1, num_ws, w_dim].',
  '{} holds {} latents.': '{0} enthält {1} Latents.',
  '{} holds no latent of index {}.': '{0} enthält kein Latent mit der Nummer {1}.',
  '{} is a checkpoint of a network, not a file of arrays.':
    '{0} ist die Modelldatei eines Netzes, keine Datei mit Feldern.',
  '{}: the array "{}" has entries that are not finite numbers.':
    '{0}: Das Feld „{1}“ hat Einträge, die keine endlichen Zahlen sind.',
  'NumPy files cannot hold {}.': 'NumPy-Dateien können {0} nicht aufnehmen.',
  'Give a projected_w.npz, or save the latent alone.':
    'Geben Sie eine projected_w.npz, oder speichern Sie das Latent allein.',
  'Give a projected_w.npz, or a file with the latent alone.':
    'Geben Sie eine projected_w.npz, oder eine Datei mit dem Latent allein.',
  'Give an npz file, such as projected_w.npz or noise.npz of a result.':
    'Geben Sie eine npz-Datei, etwa projected_w.npz oder noise.npz eines Ergebnisses.',
  'It was saved from a computation that failed; make it again.':
    'Sie stammt aus einer misslungenen Rechnung; machen Sie sie neu.',
}

const projects: Sentences = {
  'There is no project {}.': 'Ein Projekt {0} gibt es nicht.',
  'It may have been removed, or moved out of the library.':
    'Vielleicht wurde es entfernt oder aus der Sammlung bewegt.',
  'The project {} is being moved while it is opened.':
    'Das Projekt {0} wechselt seinen Ort, während es geöffnet wird.',
  'Try again.': 'Versuchen Sie es noch einmal.',
  'The project cannot be kept like this: {}: {}.': 'So lässt sich das Projekt nicht aufheben: {0}: {1}.',
  'A picture of "{}" is missing: {}.': 'Ein Bild von „{0}“ fehlt: {1}.',
  'A picture of "{}" was changed or damaged: {}.': 'Ein Bild von „{0}“ wurde verändert oder beschädigt: {1}.',
  'The file of the picture "{}" is missing.': 'Die Datei des Bildes „{0}“ fehlt.',
  'The file of the picture "{}" was changed.': 'Die Datei des Bildes „{0}“ wurde verändert.',
  'The file of the picture "{}" cannot be read.': 'Die Datei des Bildes „{0}“ lässt sich nicht lesen.',
  'Put it back, or add the picture anew.': 'Bringen Sie sie zurück, oder fügen Sie das Bild neu hinzu.',
  'Put it back from a backup, or add the picture anew.':
    'Holen Sie sie aus einer Sicherung zurück, oder fügen Sie das Bild neu hinzu.',
  '{} is missing: this is the project as it was before its last change.':
    '{0} fehlt: Dies ist das Projekt vor seiner letzten Änderung.',
  '{} is damaged: this is the project as it was before its last change.':
    '{0} ist beschädigt: Dies ist das Projekt vor seiner letzten Änderung.',
  '{} cannot be read: this is the project as it was before its last change.':
    '{0} lässt sich nicht lesen: Dies ist das Projekt vor seiner letzten Änderung.',
  '{} is missing: this is what could be made out of it.':
    '{0} fehlt: Dies ist, was sich noch herauslesen ließ.',
  '{} is damaged: this is what could be made out of it.':
    '{0} ist beschädigt: Dies ist, was sich noch herauslesen ließ.',
  '{} cannot be read: this is what could be made out of it.':
    '{0} lässt sich nicht lesen: Dies ist, was sich noch herauslesen ließ.',
  '{} cannot be read; try again later.': '{0} lässt sich nicht lesen; versuchen Sie es später noch einmal.',
  'The project was saved by a newer Mien; with this one it can be looked at, but not changed.':
    'Das Projekt wurde von einem neueren Mien gespeichert; mit diesem lässt es sich ansehen, aber nicht ändern.',
  '"{}" was saved by a newer Mien that keeps projects in another way.':
    '„{0}“ wurde von einem neueren Mien gespeichert, das Projekte anders aufhebt.',
  'Open it with that Mien.': 'Öffnen Sie es mit jenem Mien.',
  '"{}" cannot be opened: its {} is damaged or missing.':
    '„{0}“ lässt sich nicht öffnen: {1} ist beschädigt oder fehlt.',
  'Its pictures and results still lie in the folder; put a project.json from a backup there, or remove it.':
    'Bilder und Ergebnisse liegen noch im Ordner; legen Sie eine project.json aus einer Sicherung hinein, oder entfernen Sie ihn.',
  'The project is open in another Mien on this machine (process {}, since {}); here it can be looked at, but not changed.':
    'Das Projekt ist in einem anderen Mien auf diesem Rechner offen (Prozess {0}, seit {1}); hier lässt es sich ansehen, aber nicht ändern.',
  'The project is open in another Mien on {} (process {}, since {}); here it can be looked at, but not changed.':
    'Das Projekt ist in einem anderen Mien auf {0} offen (Prozess {1}, seit {2}); hier lässt es sich ansehen, aber nicht ändern.',
  'The lock of the project was removed.': 'Die Sperre des Projekts wurde entfernt.',
  'Close the project and open it again.': 'Schließen Sie das Projekt, und öffnen Sie es wieder.',
  '{} is not the id of a {}.': '{0} ist keine Kennung ({1}).',
  '{} is no SHA-256.': '{0} ist keine SHA-256.',
  '{} is a link or a device; Mien follows none in a project.':
    '{0} ist eine Verknüpfung oder ein Gerät; in Projekten folgt Mien keiner.',
  'Put the file or folder itself in its place.':
    'Legen Sie die Datei oder den Ordner selbst an diese Stelle.',
  'The project has {}; at most {} can be packed.': 'Das Projekt hat {0}; packen lassen sich höchstens {1}.',
  'Remove runs that are not needed, or copy the folder of the project itself.':
    'Entfernen Sie Läufe, die nicht gebraucht werden, oder kopieren Sie den Ordner des Projekts selbst.',
  '"{}" holds more than {} files.': '„{0}“ enthält mehr als {1} Dateien.',
  '"{}" holds {}; at most {} are unpacked.': '„{0}“ enthält {1}; ausgepackt werden höchstens {2}.',
  '"{}" holds a file with a forbidden name ({}).':
    '„{0}“ enthält eine Datei mit einem verbotenen Namen ({1}).',
  '"{}" holds no project.': '„{0}“ enthält kein Projekt.',
  '"{}" holds a project that is damaged.': '„{0}“ enthält ein Projekt, das beschädigt ist.',
  'Choose a file that Mien packed.': 'Wählen Sie eine Datei, die Mien gepackt hat.',
  'Ask for another copy of it.': 'Bitten Sie um eine neue Kopie.',
  'The picture is not in the project "{}" any more.': 'Das Bild ist nicht mehr im Projekt „{0}“.',
  'Add it again.': 'Fügen Sie es wieder hinzu.',
  'A project holds at most {} pictures.': 'Ein Projekt fasst höchstens {0} Bilder.',
  'Remove one first, or start another project.':
    'Entfernen Sie zuerst eines, oder beginnen Sie ein weiteres Projekt.',
  'The run "{}" was made with {}.': 'Der Lauf „{0}“ wurde mit {1} gemacht.',
  'Remove the run first, or keep the picture.': 'Entfernen Sie zuerst den Lauf, oder behalten Sie das Bild.',
  'The run "{}" of the project "{}" is not over.':
    'Der Lauf „{0}“ des Projekts „{1}“ ist noch nicht zu Ende.',
  'Stop it first.': 'Beenden Sie ihn zuerst.',
}

const window: Sentences = {
  'Something went wrong that should not: this is a bug in Mien.':
    'Etwas ging schief, das nicht schiefgehen sollte: Das ist ein Fehler in Mien.',
  'Try it again; what was saved is safe. If it stays so, start Mien from a terminal and report what it prints.':
    'Versuchen Sie es noch einmal; Gespeichertes ist sicher. Bleibt es so, starten Sie Mien in einem Terminal, und melden Sie, was es ausgibt.',
  'There is no such command.': 'Einen solchen Befehl gibt es nicht.',
  'The parameters of {} are not as they should be.': 'Die Angaben zu {0} sind nicht, wie sie sein sollten.',
  'Mien does not answer.': 'Mien antwortet nicht.',
  'Look whether it still runs where it was started; this page finds it again by itself.':
    'Sehen Sie nach, ob es dort noch läuft, wo es gestartet wurde; diese Seite findet es von selbst wieder.',
  'Mien does not know this page.': 'Mien kennt diese Seite nicht.',
  'Open the address that it printed.': 'Öffnen Sie die Adresse, die es ausgegeben hat.',
  'This is more than Mien takes at once.': 'Das ist mehr, als Mien auf einmal nimmt.',
  'Mien refused with status {}.': 'Mien hat mit dem Status {0} abgelehnt.',
  'A message between window and service is damaged: {}.':
    'Eine Nachricht zwischen Fenster und Mien ist beschädigt: {0}.',
}

/** What the service says, in German. The insides of checkpoints and graphs are told of in English. */
export const sentences: Sentences = {
  ...pictures,
  ...clips,
  ...films,
  ...files,
  ...projects,
  ...runs,
  ...devices,
  ...models,
  ...strangers,
  ...downloads,
  ...window,

  // Of the queue of a cluster.
  'That is no address of a queue.': 'Das ist keine Adresse einer Warteschlange.',
  'Give redis://host:6379, redis://user:password@host:6379, or rediss:// for TLS.':
    'Geben Sie redis://rechner:6379 an, redis://benutzer:passwort@rechner:6379, oder rediss:// für TLS.',
  'The queue at {} asks for a password.': 'Die Warteschlange unter {0} verlangt ein Passwort.',
  'The queue at {} does not know that user and password.':
    'Die Warteschlange unter {0} kennt diesen Benutzer mit diesem Passwort nicht.',
  'The queue at {} does not let that user do all that it takes.':
    'Die Warteschlange unter {0} erlaubt diesem Benutzer nicht alles, was nötig ist.',
  'The queue at {} and we do not agree on TLS: {}.':
    'Die Warteschlange unter {0} und Mien sind sich über TLS nicht einig: {1}.',
  'The queue does not answer now.': 'Die Warteschlange antwortet gerade nicht.',
  'Try again when it does.': 'Versuchen Sie es noch einmal, wenn sie antwortet.',
  'There is no queue here.': 'Hier ist keine Warteschlange.',
  'Start the studio with one.': 'Starten Sie das Studio mit einer.',
  'Two workers gave no sign of life any more while they were at it, so it was put aside.':
    'Zwei Arbeiter gaben kein Lebenszeichen mehr, während sie daran waren; darum ist es beiseitegelegt.',
  'It is no job of Mien.': 'Das ist kein Auftrag von Mien.',
}

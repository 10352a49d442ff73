import type { Sentences } from '../sentences.ts'

export const downloads: Sentences = {
  '{} may not be fetched: it is not encrypted.':
    '{0} darf nicht geholt werden: Die Verbindung ist nicht verschlüsselt.',
  'Only https is, and with a catalogue of your own file: and http of 127.0.0.1 and [::1].':
    'Erlaubt ist https, mit einem eigenen Katalog auch file: und http von 127.0.0.1 und [::1].',
  '{} is no address that Mien fetches from.': '{0} ist keine Adresse, von der Mien etwas holt.',
  'A file of this machine is named as in file:///C:/models/ffhq.pkl, one of a server by https.':
    'Eine Datei dieses Rechners wird wie in file:///C:/models/ffhq.pkl genannt, eine eines Servers mit https.',
  '{} names no file of this machine.': '{0} nennt keine Datei dieses Rechners.',
  'A file of this machine is named as in file:///home/me/models/ffhq.pkl.':
    'Eine Datei dieses Rechners wird wie in file:///home/me/models/ffhq.pkl genannt.',
  '{} may not be fetched: its host is not in the catalogue.':
    '{0} darf nicht geholt werden: Der Server steht nicht im Katalog.',
  'Fetch the file elsewhere, and drop it on the models page.':
    'Holen Sie die Datei anderswo, und legen Sie sie auf der Seite der Modelle ab.',
  '{} leads to {}, where Mien does not follow.': '{0} verweist auf {1}; dorthin folgt Mien nicht.',
  '{} leads from one address to the next without end.':
    '{0} verweist ohne Ende von einer Adresse auf die nächste.',
  '{} is no catalogue: "{}" is missing or wrong.': '{0} ist kein Katalog: „{1}“ fehlt oder ist falsch.',
  '{} is no catalogue: it is not JSON in UTF-8.': '{0} ist kein Katalog: Es ist kein JSON in UTF-8.',
  'Look for a comma too many or a bracket that is missing.':
    'Suchen Sie nach einem Komma zu viel oder einer fehlenden Klammer.',
  'It has none.': 'Er hat keine.',
  'A catalogue is JSON as docs/formats.md describes it.':
    'Ein Katalog ist JSON, wie es docs/formats.md beschreibt.',
  'The catalogue has no set "{}".': 'Der Katalog hat keine Zusammenstellung „{0}“.',
  'Its sets are {}.': 'Seine Zusammenstellungen sind {0}.',
  'Another Mien is downloading models at the moment.': 'Gerade lädt ein anderes Mien Modelle herunter.',
  'Wait until it is done, or stop it there.': 'Warten Sie, bis es fertig ist, oder halten Sie es dort an.',
  'The download was stopped; what came of it is kept.':
    'Das Herunterladen wurde angehalten; was schon da ist, bleibt.',
  '{} refuses {}: {}.': '{0} verweigert {1}: {2}.',
  '{} sends {} packed ({}).': '{0} sendet {1} gepackt ({2}).',
  '{} has {} bytes there, and {} in the catalogue.': '{0} hat dort {1} Bytes, im Katalog aber {2}.',
  'It is another file than the one that was meant. Fetch that elsewhere, and drop it on the models page.':
    'Es ist eine andere Datei als die gemeinte. Holen Sie diese anderswo, und legen Sie sie auf der Seite der Modelle ab.',
  '{} sends a web page in place of {}.': '{0} sendet eine Webseite statt {1}.',
  'It may ask for a sign-in or a confirmation: fetch the file with a browser, and drop it on the models page.':
    'Sie fragt vielleicht nach einer Anmeldung oder Bestätigung: Holen Sie die Datei mit einem Browser, und legen Sie sie auf der Seite der Modelle ab.',
  '{} does not send the part of the file that it is asked for.':
    '{0} sendet nicht den Teil der Datei, der verlangt wurde.',
  'The connection to {} broke off after {} of {}.': 'Die Verbindung zu {0} brach nach {1} von {2} ab.',
  'What came of it is kept: try again later.':
    'Was schon da ist, bleibt: Versuchen Sie es später noch einmal.',
  '{} cannot give the file at the moment.': '{0} kann die Datei gerade nicht liefern.',
  '{} cannot give the file before {} seconds are over.': '{0} kann die Datei erst in {1} Sekunden liefern.',
  '{} cannot be reached ({}).': '{0} ist nicht zu erreichen ({1}).',
  'Check the connection, and try again: what came of it is kept.':
    'Prüfen Sie die Verbindung, und versuchen Sie es noch einmal: Was schon da ist, bleibt.',
  'The licence "{}" was not accepted yet.': 'Die Lizenz „{0}“ wurde noch nicht angenommen.',
  'Read it at {}, and accept it.': 'Lesen Sie sie unter {0}, und nehmen Sie sie an.',
  'The proxy in HTTPS_PROXY is no address.': 'Der Proxy in HTTPS_PROXY ist keine Adresse.',
  'Set it to one such as http://proxy.example:3128, or to nothing.':
    'Setzen Sie HTTPS_PROXY auf eine wie http://proxy.example:3128, oder leer.',
  'The proxy {} refuses to connect to {}: {}.': 'Der Proxy {0} verbindet nicht mit {1}: {2}.',
  'Check the proxy. A name and a password for it stand in HTTPS_PROXY, as in http://name:password@proxy.example:3128.':
    'Prüfen Sie den Proxy. Name und Passwort dafür stehen in HTTPS_PROXY, etwa als http://name:password@proxy.example:3128.',
  'The settings of the system name a proxy of another kind: {}.':
    'Die Einstellungen des Systems nennen einen Proxy anderer Art: {0}.',
  'Set HTTPS_PROXY to one such as http://proxy.example:3128, or fetch the files with the browser, and drop them on the models page.':
    'Setzen Sie HTTPS_PROXY auf einen wie http://proxy.example:3128, oder holen Sie die Dateien mit dem Browser und legen Sie sie auf der Seite der Modelle ab.',
  '{} is not the file that came first from there: its SHA-256 is {}.':
    '{0} ist nicht mehr die Datei, die zuerst von dort kam: Ihr SHA-256 ist {1}.',
  '{} is not the file that the catalogue names: its SHA-256 is {}.':
    '{0} ist nicht die Datei, die der Katalog nennt: Ihr SHA-256 ist {1}.',
  'It was removed unread. Try again; if it stays so, do not trust that address.':
    'Sie wurde ungelesen entfernt. Versuchen Sie es noch einmal; bleibt es dabei, trauen Sie der Adresse nicht.',
  'Something is being downloaded.': 'Gerade wird etwas heruntergeladen.',
  'Stop the download first.': 'Halten Sie zuerst das Herunterladen an.',
  'Photographs, FFHQ {}': 'Fotos, FFHQ {0}',
  'Photographs, FFHQ {}, fast': 'Fotos, FFHQ {0}, schnell',
  'Paintings, MetFaces {}': 'Gemälde, MetFaces {0}',
  'For research or evaluation only, not for business.':
    'Nur für Forschung und Erprobung, nicht fürs Geschäft.',
  'For any use, with its notice.': 'Für jeden Zweck, mit ihrem Vermerk.',
}

import type { Sentences } from '../sentences.ts'

/** Of runs and what goes on in them. */
export const runs: Sentences = {
  'A run needs a picture for the look and one for expression and pose.':
    'Ein Lauf braucht ein Bild für das Aussehen und eines für die Merkpunkte.',
  'Give both first.': 'Wählen Sie zuerst beide.',
  'The run has not begun.': 'Der Lauf hat noch nicht begonnen.',
  'Wait for its turn, or resume it.': 'Warten Sie, bis er an der Reihe ist, oder setzen Sie ihn fort.',
  'The run is not under way.': 'Der Lauf ist nicht im Gange.',
  'The run is done.': 'Der Lauf ist fertig.',
  'Ask for more steps, or branch from an earlier one.':
    'Verlangen Sie mehr Schritte, oder zweigen Sie von einem früheren ab.',
  'A change came after the last step. The result does not show it; it is made when the run goes on.':
    'Eine Änderung kam nach dem letzten Schritt. Das Ergebnis zeigt sie nicht; sie wird gemacht, wenn der Lauf weitergeht.',
  'The run is no longer waiting.': 'Der Lauf wartet nicht mehr.',
  'The run is no longer there.': 'Den Lauf gibt es nicht mehr.',
  'The run "{}" has no result yet.': 'Der Lauf „{0}“ hat noch kein Ergebnis.',
  'Finish it or stop it first; what it has found so far is kept.':
    'Schließen Sie ihn ab oder beenden Sie ihn zuerst; was er gefunden hat, bleibt.',
  'The run "{}" has kept no pictures of its way yet.': 'Der Lauf „{0}“ hat noch keine Bilder seines Weges.',
  'Let it make some steps first.': 'Lassen Sie ihn zuerst einige Schritte machen.',
  'The film was stopped before it was done.': 'Der Film wurde beendet, bevor er fertig war.',
  'This was stopped before it began.': 'Dies wurde beendet, bevor es begann.',
  'There is no snapshot of step {}.': 'Von Schritt {0} gibt es keine Sicherung.',
  'Choose one of {}.': 'Wählen Sie eines von {0}.',
  'none yet': 'noch keinem',
  'There is nothing to resume: {} does not exist.': 'Es gibt nichts fortzusetzen: {0} gibt es nicht.',
  'There is nothing to resume: {} holds a run that is over.':
    'Es gibt nichts fortzusetzen: {0} enthält einen Lauf, der zu Ende ist.',
  'There is nothing to resume: {} holds no run.': 'Es gibt nichts fortzusetzen: {0} enthält keinen Lauf.',
  'Choose a run that was stopped or killed, or start a new one.':
    'Wählen Sie einen Lauf, der beendet oder abgebrochen wurde, oder beginnen Sie einen neuen.',
  'The run in {} is under way in process {}.': 'Der Lauf in {0} ist in Prozess {1} im Gange.',
  'Wait for it, or stop it first.': 'Warten Sie darauf, oder beenden Sie ihn zuerst.',
  '{} does not describe a run: "{}" is missing or wrong.':
    '{0} beschreibt keinen Lauf: „{1}“ fehlt oder ist falsch.',
  'Start the run anew.': 'Beginnen Sie den Lauf neu.',
  'The settings changed since the run was interrupted.':
    'Die Einstellungen wurden seit der Unterbrechung des Laufs geändert.',
  'The models changed since the run was interrupted.':
    'Die Modelle wurden seit der Unterbrechung des Laufs geändert.',
  'The pictures changed since the run was interrupted.':
    'Die Bilder wurden seit der Unterbrechung des Laufs geändert.',
  'The picture {} changed since the run was interrupted.':
    'Das Bild {0} wurde seit der Unterbrechung des Laufs geändert.',
  'Put back what it began with, or start a new run.':
    'Stellen Sie wieder her, womit er begann, oder beginnen Sie einen neuen Lauf.',
  'Start a new run.': 'Beginnen Sie einen neuen Lauf.',
  '"{}" is a snapshot of version {}, which this Mien does not read.':
    '„{0}“ ist eine Sicherung der Version {1}, die dieses Mien nicht liest.',
  'Use the version of Mien that wrote it.': 'Nehmen Sie die Version von Mien, die sie schrieb.',
  '"{}" is no snapshot, or it is damaged ({}).': '„{0}“ ist keine Sicherung, oder sie ist beschädigt ({1}).',
  'The snapshot before it, or a new run, is what is left.':
    'Es bleiben die Sicherung davor oder ein neuer Lauf.',
  'The picture {} of a change is not there.': 'Das Bild {0} einer Änderung ist nicht da.',
  'Put it back into the folder of the run, or start a new run.':
    'Legen Sie es in den Ordner des Laufs zurück, oder beginnen Sie einen neuen.',
  'A target of {} x {} does not fit a generator of {} pixels.':
    'Ein Ziel von {0} × {1} passt nicht zu einem Generator von {2} Pixeln.',
  'A target is missing.': 'Ein Ziel fehlt.',
  'The snapshot belongs to a run with another generator.':
    'Die Sicherung gehört zu einem Lauf mit einem anderen Generator.',
  'Put back the model that the run began with.':
    'Stellen Sie das Modell wieder her, mit dem der Lauf begann.',
  'Only a live run takes changes.': 'Nur ein Live-Lauf nimmt Änderungen an.',
  'Start it as a live run.': 'Beginnen Sie ihn als Live-Lauf.',
  'The change "{}" has a field that is missing or wrong.':
    'Die Änderung „{0}“ hat ein Feld, das fehlt oder falsch ist.',
  'Stopped before the first step; nothing was written.':
    'Vor dem ersten Schritt beendet; nichts wurde geschrieben.',
  'The run was interrupted.': 'Der Lauf wurde unterbrochen.',
  'Going on from step {}.': 'Es geht ab Schritt {0} weiter.',
  'Going on from step {} on {}.': 'Es geht ab Schritt {0} auf {1} weiter.',
  'Mien ended while it ran.': 'Mien wurde beendet, während er lief.',
  'The run is put aside: it failed {} times before its first snapshot.':
    'Der Lauf ist zurückgestellt: Er scheiterte {0}-mal vor seiner ersten Sicherung.',
  'The run is put aside: it failed {} times after step {}.':
    'Der Lauf ist zurückgestellt: Er scheiterte {0}-mal nach Schritt {1}.',
  'Close other programs if memory is short, or start it anew with other models or on another device.':
    'Schließen Sie andere Programme, falls der Speicher knapp ist, oder beginnen Sie ihn mit anderen Modellen oder auf einem anderen Gerät neu.',
  'Computing in float32: the processor does the work, and float16 is for graphics cards.':
    'Gerechnet wird in float32: Die Arbeit macht der Prozessor, und float16 ist für Grafikkarten.',
  'Computing in float32, as float16 does not do on {}: {}.':
    'Gerechnet wird in float32, weil float16 auf {0} nicht genügt: {1}.',
  'the term "{}" differs by {}': 'der Teil „{0}“ weicht um {1} ab',
  'the gradient differs by {}': 'der Gradient weicht um {0} ab',
  'The processor computes in float32; float16 is for graphics cards.':
    'Der Prozessor rechnet in float32; float16 ist für Grafikkarten.',
  'Stopped.': 'Beendet.',
}

export const devices: Sentences = {
  'The provider {} is not part of this installation.': '{0} gehört nicht zu dieser Installation.',
  'The provider {} computes wrongly, by {}.': '{0} rechnet falsch, um {1}.',
  'The libraries of the provider {} are not installed.': 'Die Bibliotheken von {0} sind nicht installiert.',
  'The provider {} cannot run this graph: Failed to get a WebGPU adapter: {}':
    'Für {0} wurde kein Gerät gefunden.',
  'The loss is too large for the search: its term "{}" is {} and weighs {}.':
    'Der Verlust ist zu groß für die Suche: Sein Term „{0}“ ist {1} und wiegt {2}.',
  'Give that term a smaller weight.': 'Geben Sie diesem Term ein kleineres Gewicht.',
  'The device returned {} for the {}.': 'Das Gerät gab {0} zurück, wo eine Zahl sein sollte ({1}).',
  'Not even the processor runs a small graph; the installation is damaged.':
    'Nicht einmal der Prozessor berechnet eine kleine Aufgabe; die Installation ist beschädigt.',
  'Choose another device; the processor always works.':
    'Wählen Sie ein anderes Gerät; der Prozessor geht immer.',
  'Try again, or choose another device; the processor always works.':
    'Versuchen Sie es noch einmal, oder wählen Sie ein anderes Gerät; der Prozessor geht immer.',
  'Try again on the processor.': 'Versuchen Sie es noch einmal auf dem Prozessor.',
  'Close other programs if memory is short, then try again.':
    'Schließen Sie andere Programme, falls der Speicher knapp ist, und versuchen Sie es noch einmal.',
  'Close other programs if memory is short, or choose another device, such as the processor.':
    'Schließen Sie andere Programme, falls der Speicher knapp ist, oder wählen Sie ein anderes Gerät, etwa den Prozessor.',
  'The engine has not answered for {} seconds.': 'Das Rechenwerk antwortet seit {0} Sekunden nicht.',
  'The engine process ended unexpectedly: {}.': 'Das Rechenwerk endete unerwartet: {0}.',
  'it was killed, perhaps for want of memory': 'es wurde abgebrochen, vielleicht aus Mangel an Speicher',
  'the system allows too few open files': 'das System erlaubt zu wenige offene Dateien',
  'out of memory': 'der Speicher war zu Ende',
  'exit code {}': 'Rückgabewert {0}',
  'The engine was closed.': 'Das Rechenwerk wurde geschlossen.',
  'Mien is closing.': 'Mien wird geschlossen.',
  'Install Mien again.': 'Installieren Sie Mien neu.',
}

export const models: Sentences = {
  'The model "{}" is not installed.': 'Das Modell „{0}“ ist nicht installiert.',
  'The generator that {} was tuned from is not installed: SHA-256 {}.':
    'Der Generator, der für {0} angepasst wurde, ist nicht installiert: SHA-256 {1}.',
  'Import that generator first.': 'Importieren Sie zuerst diesen Generator.',
  '{} does not say which generator it was tuned from.': '{0} sagt nicht, welcher Generator angepasst wurde.',
  'Take the generator_tuned.safetensors of a run.': 'Nehmen Sie die generator_tuned.safetensors eines Laufs.',
  'The generator does not fit its original, which has no "{}" of [{}].':
    'Der Generator passt nicht zu seinem Original, das kein „{0}“ der Form [{1}] hat.',
  'Take it once more from the run that made it.':
    'Nehmen Sie ihn noch einmal aus dem Lauf, der ihn gemacht hat.',
  'The model is not installed any more.': 'Das Modell ist nicht mehr installiert.',
  '{} comes with Mien and cannot be removed.': '{0} kommt mit Mien und lässt sich nicht entfernen.',
  'The run "{}" uses {}.': 'Der Lauf „{0}“ benutzt {1}.',
  'Wait for its end, or stop it first.': 'Warten Sie sein Ende ab, oder beenden Sie ihn zuerst.',
  'The model "{}" has no discriminator.': 'Das Modell „{0}“ hat keinen Diskriminator.',
  'The model "{}" has no generator.': 'Das Modell „{0}“ hat keinen Generator.',
  'The model "{}" has no landmark network.': 'Das Modell „{0}“ hat kein Netz für Merkpunkte.',
  'The model "{}" has no perceptual network.': 'Das Modell „{0}“ hat kein Netz für die Wahrnehmung.',
  'Take the term out, or choose a model that holds one.':
    'Nehmen Sie den Teil heraus, oder wählen Sie ein Modell, das einen enthält.',
  'Choose another model, or import it.': 'Wählen Sie ein anderes Modell, oder importieren Sie es.',
  '{} does not describe a model: "{}" is missing or wrong.':
    '{0} beschreibt kein Modell: „{1}“ fehlt oder ist falsch.',
  'Remove the folder and import the model again.':
    'Entfernen Sie den Ordner, und importieren Sie das Modell neu.',
  'The run was begun on the command line, and ends after its steps.':
    'Der Lauf wurde auf der Kommandozeile begonnen und endet nach seinen Schritten.',
  'Start a new one with more steps.': 'Starten Sie einen neuen mit mehr Schritten.',
  '{} is not of the form of the generator that it says it was tuned from.':
    '{0} hat nicht die Form des Generators, aus dem er gemacht sein will.',
  'Tune the generator again.': 'Passen Sie den Generator noch einmal an.',
  '{} does not say how a face moves: "{}" is missing or wrong.':
    '{0} sagt nicht, wie sich ein Gesicht bewegt: „{1}“ fehlt oder ist falsch.',
  'Teach the generator the face again.': 'Bringen Sie dem Generator das Gesicht noch einmal bei.',
  'There is no face to move, or nothing tells where to.':
    'Es gibt kein Gesicht zu bewegen, oder nichts sagt, wohin.',
  'Teach the generator a face, and choose a picture with a face for expression and pose.':
    'Bringen Sie dem Generator ein Gesicht bei, und wählen Sie für Ausdruck und Haltung ein Bild mit einem Gesicht.',
  'This generator is tuned already.': 'Dieser Generator ist schon angepasst.',
  'Choose the run that it was tuned for.': 'Wählen Sie den Lauf, für den er angepasst wurde.',
  'The run is not over.': 'Der Lauf ist nicht zu Ende.',
  'Finish or stop it first.': 'Schließen Sie ihn erst ab, oder halten Sie ihn an.',
  'The embedded perceptual network judges drawings; this generator cannot be tuned by it.':
    'Das mitgelieferte Netz für die Wahrnehmung beurteilt Zeichnungen; dieser Generator lässt sich damit nicht anpassen.',
  'Import VGG16 with LPIPS, and search with it first.':
    'Importieren Sie VGG16 mit LPIPS, und suchen Sie erst damit.',
  'A generator that is tuned takes no changes.':
    'Ein Generator, der angepasst wird, nimmt keine Änderungen an.',
  'Wait until it is over.': 'Warten Sie, bis er fertig ist.',
  'The run "{}" has tuned no generator.': 'Der Lauf „{0}“ hat keinen Generator angepasst.',
  'Tune it first.': 'Passen Sie ihn erst an.',
  'Stopped before the generator was tuned.': 'Abgebrochen, bevor der Generator angepasst war.',
  'Resume the run there.': 'Setzen Sie den Lauf dort fort.',
  '{} was written by a newer Mien.': '{0} wurde von einem neueren Mien geschrieben.',
  '{} was saved by a newer Mien that keeps models in another way.':
    '{0} wurde von einem neueren Mien gespeichert, das Modelle anders aufhebt.',
  'Update Mien.': 'Aktualisieren Sie Mien.',
  '{} holds a model of an id that another one has, "{}".':
    '{0} enthält ein Modell mit der Kennung eines anderen, „{1}“.',
  'Remove one of the two.': 'Entfernen Sie eines der beiden.',
  '{} is not the file that was installed: its hash is {}.':
    '{0} ist nicht die Datei, die installiert wurde: Ihre Prüfsumme ist {1}.',
  'It was changed or damaged; import the model again, or install Mien again if it is the embedded pack.':
    'Sie wurde verändert oder beschädigt; importieren Sie das Modell neu, oder installieren Sie Mien neu, falls es das eigene Paket ist.',
  'The package {}, which holds the networks for faces, is missing.':
    'Das Paket {0} mit den Netzen für Gesichter fehlt.',
  '{} names the unknown shard {}.': '{0} nennt das unbekannte Stück {1}.',
  '{} is not the file that Mien knows: its hash is {}.':
    '{0} ist nicht die Datei, die Mien kennt: Ihre Prüfsumme ist {1}.',
  '{} holds no network that Mien knows.': '{0} enthält kein Netz, das Mien kennt.',
  'Import a StyleGAN2 generator, a FAN landmark network, or VGG16 with LPIPS.':
    'Importieren Sie einen Generator von StyleGAN2, ein Netz für Merkpunkte (FAN) oder VGG16 mit LPIPS.',
  '{} judges pictures of {} pixels; the generator draws {}.':
    '{0} beurteilt Bilder von {1} Pixeln; der Generator zeichnet {2}.',
  '{} does not say how wide its heat maps are.': '{0} sagt nicht, wie breit die Karten der Merkpunkte sind.',
  'Add "heat_map_deviation" to the landmark network in its model.json.':
    'Tragen Sie „heat_map_deviation“ beim Netz für Merkpunkte in model.json ein.',
  '{} lacks {}.': 'In {0} fehlt: {1}.',
  '{} are not the halves of one perceptual network.':
    '{0} sind nicht die Hälften eines Netzes für die Wahrnehmung.',
  'Give one file that holds both, or vgg16.pth and lpips.pth.':
    'Geben Sie eine Datei an, die beide enthält, oder vgg16.pth und lpips.pth.',
  '{} holds {}.': '{0} enthält {1}.',
  '{} does not hold {}.': 'Nicht enthalten in {0}: {1}.',
  '{} does not hold {}; it holds {}.': 'Nicht enthalten in {0}: {1}; darin ist {2}.',
  'a generator': 'ein Generator',
  'a discriminator': 'ein Diskriminator',
  'a landmark network': 'ein Netz für Merkpunkte',
  'a perceptual network': 'ein Netz für die Wahrnehmung',
  'the convolutions of a perceptual network': 'die Faltungen eines Netzes für die Wahrnehmung',
  'the linear weights of a perceptual network': 'die linearen Gewichte eines Netzes für die Wahrnehmung',
  'Give both files at once, vgg16.pth and lpips.pth.':
    'Geben Sie beide Dateien zugleich, vgg16.pth und lpips.pth.',
  'Give vgg16.pth with lpips.pth, or one file with both.':
    'Geben Sie vgg16.pth mit lpips.pth, oder eine Datei mit beiden.',
  'Give a network pickle of stylegan2-ada-pytorch.':
    'Geben Sie eine Netzdatei (.pkl) von stylegan2-ada-pytorch.',
  'A latent of shape [{}] does not fit this generator, which takes [{}] or [{}].':
    'Ein Latent der Form [{0}] passt nicht zu diesem Generator, der [{1}] oder [{2}] nimmt.',
  'The noise "{}" is missing; the generator needs [{}].':
    'Das Rauschen „{0}“ fehlt; der Generator braucht [{1}].',
  'The noise "{}" is [{}]; the generator needs [{}].':
    'Das Rauschen „{0}“ ist [{1}]; der Generator braucht [{2}].',
  'Give the generator that the latent was made with.':
    'Geben Sie den Generator, mit dem das Latent gemacht wurde.',
  'It may be cut short: download or copy it again.':
    'Sie ist vielleicht unvollständig: Laden oder kopieren Sie sie neu.',
  'The file may be damaged or cut short: download or export it again.':
    'Die Datei ist vielleicht beschädigt oder unvollständig: Laden oder exportieren Sie sie neu.',
  'Mien reads weights and never runs code from a file; take the checkpoint from its original source, or save only its state_dict.':
    'Mien liest Gewichte und führt nie Code aus einer Datei aus; nehmen Sie die Modelldatei aus ihrer ursprünglichen Quelle, oder speichern Sie nur ihr state_dict.',
  'Mien reads StyleGAN2, FAN and VGG16-LPIPS weights as .pkl, .pth, .pt, .safetensors and .npz.':
    'Mien liest Gewichte von StyleGAN2, FAN und VGG16-LPIPS als .pkl, .pth, .pt, .safetensors und .npz.',
  'Load it once in PyTorch and save it again with torch.save, or unpack the archive if it is one of several files.':
    'Laden Sie sie einmal in PyTorch und speichern Sie sie mit torch.save neu, oder packen Sie das Archiv aus, falls sie eine von mehreren Dateien ist.',
  'Mien reads .pkl, .pth, .pt, .tar of PyTorch, .safetensors, .npz and .npy; if this was a download, a web page may have been saved in its place.':
    'Mien liest .pkl, .pth, .pt und .tar von PyTorch, .safetensors, .npz und .npy; falls dies heruntergeladen wurde, liegt vielleicht eine Webseite an ihrer Stelle.',
  'If a checkpoint lies inside, unpack the archive first.':
    'Falls eine Modelldatei darin liegt, packen Sie das Archiv zuerst aus.',
}

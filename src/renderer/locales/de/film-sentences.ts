import type { Sentences } from '../sentences.ts'

/** What is said of films and of what drives them. */
export const films: Sentences = {
  '{} does not describe what drives a film.': '{0} beschreibt nicht, was einen Film antreibt.',
  'Have the clip followed again.': 'Lassen Sie das Gesicht in dem Video noch einmal verfolgen.',
  '{}: its track and its motion are not of the same film.':
    '{0}: Die Spur des Gesichts und seine Bewegungen gehören nicht zum selben Film.',
  "{} was made with another model of faces' shapes than this Mien's.":
    '{0} wurde mit einem anderen Modell der Gesichtsformen gemacht als dem dieses Mien.',
  'Have the clip followed again, or open the motion with the Mien that made it.':
    'Lassen Sie das Gesicht in dem Video noch einmal verfolgen, oder öffnen Sie die Bewegungen mit dem Mien, das sie gemacht hat.',
  'Something newer was asked for.': 'Inzwischen wurde etwas Neueres verlangt.',
  'It was given up.': 'Es wurde aufgegeben.',
  'No frames came any more.': 'Es kamen keine Bilder mehr.',
  'The film was stopped before its first frame.': 'Der Film wurde vor seinem ersten Bild angehalten.',
  'The film was stopped.': 'Der Film wurde angehalten.',
  'The driver is not in the project "{}" any more.':
    'Was den Film antreibt, ist nicht mehr im Projekt „{0}“.',
  'Add its clip again.': 'Fügen Sie das Video noch einmal hinzu.',
  'A project holds at most {} drivers.': 'Ein Projekt fasst höchstens {0} Videos und Bewegungen.',
  'This clip is not being followed any more.': 'Dieses Video wird nicht mehr verfolgt.',
  'Frames of {} x {} pixels are too large.': 'Bilder von {0} × {1} Pixeln sind zu groß.',
  'Send them smaller.': 'Sie müssen kleiner gesendet werden.',
  'A frame of {} has {} bytes; {} x {} pixels have {}.':
    'Ein Bild von {0} hat {1} Bytes; {2} × {3} Pixel haben {4}.',
  'The frames of {} are not in order.': 'Die Bilder von {0} kommen nicht der Reihe nach.',
  'A frame of {} begins when the clip is over.': 'Ein Bild von {0} beginnt, wenn das Video vorbei ist.',
  '{} has more than {} frames.': '{0} hat mehr als {1} Bilder.',
  'Choose a part of it that is shorter.': 'Wählen Sie einen kürzeren Teil.',
  'Cut it to the part that is needed.': 'Schneiden Sie den Teil aus, der gebraucht wird.',
  'The clip has {}; at most {} are kept.': 'Das Video hat {0}; höchstens {1} werden aufbewahrt.',
  'Give it again when a film is exported with its sound.':
    'Geben Sie es noch einmal, wenn ein Film mit seinem Ton ausgegeben wird.',
  'The driver has {} frames.': 'Was den Film antreibt, hat {0} Bilder.',
  'The project has not kept {}, whose sound the film is to have.':
    'Das Projekt hat {0} nicht aufbewahrt, dessen Ton der Film haben soll.',
  'Give it again.': 'Geben Sie es noch einmal.',
  'The film has {}; at most {} are handed over.': 'Der Film hat {0}; höchstens {1} werden übergeben.',
  'Choose a part of it or a smaller size, or make it on the command line: mien animate.':
    'Wählen Sie einen Teil davon oder eine kleinere Größe, oder machen Sie ihn auf der Befehlszeile: mien animate.',
  'A film needs a frame.': 'Ein Film braucht ein Bild.',
  'The film is too long for a {}: of {} x {} pixels it has room for {} frames.':
    'Der Film ist zu lang für {0}: In {1} × {2} Pixeln ist Platz für {3} Bilder.',
  'Make it at most {} pixels wide, shorter, or with fewer frames a second, or choose MP4.':
    'Machen Sie ihn höchstens {0} Pixel breit, kürzer oder mit weniger Bildern in der Sekunde, oder wählen Sie MP4.',
  'Make it shorter, smaller, or with fewer frames a second, or choose MP4.':
    'Machen Sie ihn kürzer, kleiner oder mit weniger Bildern in der Sekunde, oder wählen Sie MP4.',
  'Make the film without sound, or of a part before that place.':
    'Machen Sie den Film ohne Ton oder aus einem Teil vor dieser Stelle.',
  '{} is damaged: its sound cannot be read.': '{0} ist beschädigt: Der Ton lässt sich nicht lesen.',
  '{} is there already.': '{0} gibt es schon.',
  'Choose another name for the folder of the frames.':
    'Wählen Sie einen anderen Namen für den Ordner der Bilder.',
  'The film has no sound: {}.': 'Der Film hat keinen Ton: {0}.',
  '{} has none': '{0} hat keinen',
  'that of {} cannot be read': 'Der von {0} lässt sich nicht lesen',
  'that of {} is coded in {}, {}': 'Der von {0} ist in {1} kodiert, {2}',
  'which many players of MP4 do not play': 'was viele Abspieler in MP4 nicht spielen',
  'which Mien does not put into a WebM; an MP4 may have it':
    'was Mien nicht in WebM ablegt; ein MP4 kann ihn haben',
  'Nothing is installed here that encodes a WebM.': 'Hier ist nichts installiert, was WebM kodiert.',
  'Install Chromium, Chrome or ffmpeg, name a Chromium in the variable CHROMIUM, or choose MP4.':
    'Installieren Sie Chromium, Chrome oder ffmpeg, nennen Sie ein Chromium in der Variablen CHROMIUM, oder wählen Sie MP4.',
  'Chromium did not encode the film: {}.': 'Chromium hat den Film nicht kodiert: {0}.',
  'Look whether {} starts, set CHROMIUM to another one, or choose MP4.':
    'Sehen Sie nach, ob {0} startet, nennen Sie in CHROMIUM ein anderes, oder wählen Sie MP4.',
  'ffmpeg did not encode the film: {}.': 'ffmpeg hat den Film nicht kodiert: {0}.',
  'Look whether {} has libvpx-vp9, install Chromium, or choose MP4.':
    'Sehen Sie nach, ob {0} libvpx-vp9 hat, installieren Sie Chromium, oder wählen Sie MP4.',
  'The driver "{}" is missing, or a file of it is.':
    '„{0}“, das Filme antreibt, fehlt, oder eine seiner Dateien.',
  'The driver "{}" is damaged.': '„{0}“, das Filme antreibt, ist beschädigt.',
  'The driver "{}" cannot be read.': '„{0}“, das Filme antreibt, lässt sich nicht lesen.',
  'Stopped before the directions were found.': 'Angehalten, bevor die Richtungen gefunden waren.',
  'Stopped before the first frame was found.': 'Angehalten, bevor das erste Bild gefunden war.',
  'Stopped before the first frame was made.': 'Angehalten, bevor das erste Bild gemacht war.',
  'Stopped: {} of {} frames are still to be searched.':
    'Angehalten: {0} von {1} Bildern sind noch zu suchen.',
  'What was made before is unchanged. Run the same command again to go on from here.':
    'Was vorher da war, ist unverändert. Derselbe Befehl macht von hier aus weiter.',
  '{} holds a run already.': '{0} enthält schon einen Lauf.',
  '{} is no snapshot: films have none.': '{0} ist kein Schnappschuss: Filme haben keine.',
  'Targets of shape [{}] are not [frames, 68, 2].': 'Ziele der Form [{0}] sind nicht [Bilder, 68, 2].',
  'There is no target for frame {}; there are {}.': 'Für das Bild {0} gibt es kein Ziel; es gibt {1}.',
  '{} has no frame {}; it ends at {} s.': '{0} hat kein Bild {1}; es endet bei {2} s.',
  'Choose times within that.': 'Wählen Sie Zeiten innerhalb davon.',
  'No frame of this film was searched for, so none can be searched again.':
    'Kein Bild dieses Films wurde gesucht, also lässt sich keines noch einmal suchen.',
  'Each frame of this film was searched from the one before, so none can be searched again by itself.':
    'Jedes Bild dieses Films wurde aus dem vorigen gesucht, also lässt sich keines für sich noch einmal suchen.',
  'A film that is made takes no changes.': 'Ein Film, der gemacht wird, nimmt keine Änderungen an.',
  '{} is damaged: "{}" is missing.': '{0} ist beschädigt: „{1}“ fehlt.',
  'Make the film anew, into another folder.': 'Machen Sie den Film noch einmal, in einem anderen Ordner.',
  'A film needs a look and a driver.': 'Ein Film braucht ein Aussehen und etwas, das ihn antreibt.',
  'No film can be made of this look: no face was found in it.':
    'Aus diesem Aussehen lässt sich kein Film machen: Es wurde kein Gesicht darin gefunden.',
  'Choose a picture in which a face is found, or cut its face out.':
    'Wählen Sie ein Bild, in dem ein Gesicht gefunden wird, oder schneiden Sie das Gesicht aus.',
  'The film has not been searched for yet.': 'Der Film ist noch nicht gesucht.',
  'Press Start, and wait for its first frame.':
    'Drücken Sie auf „Starten“ und warten Sie auf sein erstes Bild.',
  'Not all frames of the film have been searched for yet.':
    'Es sind noch nicht alle Bilder des Films gesucht.',
  'Wait until they are found.': 'Warten Sie, bis sie gefunden sind.',
  'This film was made on the command line, of a photograph.':
    'Dieser Film wurde auf der Befehlszeile gemacht, aus einem Foto.',
  'Continue it there, or make one of that photograph here.':
    'Machen Sie dort weiter, oder machen Sie hier einen aus diesem Foto.',
}

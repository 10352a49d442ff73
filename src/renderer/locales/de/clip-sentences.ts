import type { Sentences } from '../sentences.ts'

/** What is said of films' drivers. */
export const clips: Sentences = {
  '{} was cut short: the last {} of its {} seconds are missing.':
    '{0} ist unvollständig: Von {2} Sekunden fehlen die letzten {1}.',
  'an AVI video': 'ein AVI-Video',
  'a Windows Media video': 'ein Video von Windows Media',
  'a Flash video': 'ein Flash-Video',
  'an MPEG transport stream': 'ein MPEG-Transportstrom',
  'an MPEG program stream': 'ein MPEG-Programmstrom',
  'Convert it to an MP4 with H.264 first, for example with HandBrake.':
    'Wandeln Sie es zuerst in ein MP4 mit H.264 um, zum Beispiel mit HandBrake.',
  '{} is no video that Mien reads.': '{0} ist kein Video, das Mien liest.',
  'Choose an MP4, MOV, WebM or MKV file.': 'Wählen Sie eine Datei in MP4, MOV, WebM oder MKV.',
  '{} has no index: its recording or copying was not finished (the "moov" box is missing).':
    '{0} hat kein Inhaltsverzeichnis: Aufnahme oder Kopie wurde nicht abgeschlossen (die „moov“-Box fehlt).',
  'Record or copy it again; a repair tool may restore it with a sound clip of the same camera.':
    'Nehmen Sie es neu auf, oder kopieren Sie es noch einmal; ein Reparaturprogramm kann es vielleicht mit einem heilen Video derselben Kamera wiederherstellen.',
  '{} holds no video.': '{0} enthält kein Video.',
  'Choose a file with pictures in it.': 'Wählen Sie eine Datei, in der Bilder sind.',
  '{} announces more frames than Mien takes.': '{0} kündigt mehr Bilder an, als Mien nimmt.',
  '{} has frames of {} x {} pixels, more than Mien takes.':
    '{0} hat Bilder von {1} × {2} Pixeln, mehr als Mien nimmt.',
  'Make it smaller first.': 'Verkleinern Sie es zuerst.',
  'Cut it first.': 'Kürzen Sie es zuerst.',
  '{} was cut short: no frame of it is whole.': '{0} ist unvollständig: Kein Bild darin ist ganz.',
  'Copy it again.': 'Kopieren Sie es noch einmal.',
  '{} is damaged and cannot be read.': '{0} ist beschädigt und lässt sich nicht lesen.',
  'Copy it again, or choose another file.': 'Kopieren Sie es noch einmal, oder wählen Sie eine andere Datei.',
  '{} is coded in {}, which {} does not decode.': '{0} ist in {1} kodiert; das entschlüsselt {2} nicht.',
  'this Chromium': 'dieses Chromium',
  'this ffmpeg': 'dieses ffmpeg',
  '{} is damaged somewhere after second {}.': '{0} ist irgendwo nach Sekunde {1} beschädigt.',
  'Copy it again, or choose a part of it without that place.':
    'Kopieren Sie es noch einmal, oder wählen Sie einen Teil ohne diese Stelle.',
  'Chromium did not decode {}: {}.': 'Chromium hat {0} nicht entschlüsselt: {1}.',
  'it does not answer': 'Es antwortet nicht',
  'Look whether {} starts, or set CHROMIUM to another one. {}':
    'Sehen Sie nach, ob {0} startet, oder nennen Sie in CHROMIUM ein anderes. {1}',
  'Install ffmpeg, which Mien uses where it is on the PATH, or convert the clip to an MP4 with H.264.':
    'Installieren Sie ffmpeg, das Mien benutzt, wo es im PATH liegt, oder wandeln Sie das Video in ein MP4 mit H.264 um.',
  'Nothing is installed here that decodes the video {}.':
    'Hier ist nichts installiert, was das Video {0} entschlüsselt.',
  'Install Chromium, Chrome or ffmpeg, name a Chromium in the variable CHROMIUM, or give a folder with the frames as pictures.':
    'Installieren Sie Chromium, Chrome oder ffmpeg, nennen Sie ein Chromium in der Variablen CHROMIUM, oder geben Sie einen Ordner mit den Bildern.',
  'The folder {} holds no picture.': 'Der Ordner {0} enthält kein Bild.',
  'Name a folder with the frames as pictures in it, or a video.':
    'Nennen Sie einen Ordner, in dem die Bilder liegen, oder ein Video.',
  'The {} beside the pictures {}.': 'Die Datei {0} neben den Bildern {1}.',
  'does not say when each is shown': 'sagt nicht, wann jedes gezeigt wird',
  'tells of {}, and there are {}': 'nennt {0}, und es sind {1}',
  'Take it out of the folder: each picture is shown for a {}th of a second then.':
    'Nehmen Sie sie aus dem Ordner: Dann wird jedes Bild für eine {0}stel Sekunde gezeigt.',
  '{} has {} x {} pixels; the first picture of the folder has {} x {}.':
    '{0} hat {1} × {2} Pixel; das erste Bild des Ordners hat {3} × {4}.',
  'Bring all pictures to one size, or take out those that do not belong to the clip.':
    'Bringen Sie alle Bilder auf eine Größe, oder nehmen Sie die heraus, die nicht dazugehören.',
  '{} is damaged: frames from number {} on cannot be decoded.':
    '{0} ist beschädigt: Bilder ab Nummer {1} lassen sich nicht entschlüsseln.',
  'It was stopped before a face was found.': 'Es wurde angehalten, bevor ein Gesicht gefunden war.',
  'No face was found in any frame of {}.': 'In keinem Bild von {0} wurde ein Gesicht gefunden.',
  'Choose a clip in which a face looks towards the camera and is larger than a tenth of the picture.':
    'Wählen Sie ein Video, in dem ein Gesicht zur Kamera sieht und größer ist als ein Zehntel des Bildes.',
  '{} shows at most {} at a time; there is no face {}.':
    '{0} zeigt höchstens {1} auf einmal; ein Gesicht {2} gibt es nicht.',
  'Choose a smaller number; they count from the largest face, which is 1.':
    'Wählen Sie eine kleinere Nummer; sie zählen vom größten Gesicht an, das die 1 ist.',
  '{} does not hold {}: "{}" is missing or wrong.': '{0} enthält nicht {1}: „{2}“ fehlt oder ist falsch.',
  'a track': 'die Spur eines Gesichts',
  'a motion': 'die Bewegungen eines Gesichts',
  'Take the file as Mien wrote it, or have it made again.':
    'Nehmen Sie die Datei so, wie Mien sie geschrieben hat, oder lassen Sie sie neu machen.',
}

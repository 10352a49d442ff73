import type { ErrorCode } from '../../../engine/errors.ts'

export const app = {
  gallery: 'Projects',
  models: 'Models',
  cluster: 'Cluster',
  settings: 'Settings',
  shortcuts: 'Keyboard shortcuts',
  places: 'Places',
  close: 'Close',
  cancel: 'Cancel',
  undo: 'Undo',
  more: 'More',
  notices: 'Notices',
  refused:
    'Mien does not recognise this window: its address has been used before or is too old. Open the address that Mien printed.',
  lost: 'No connection to Mien. If it has ended, start it again: this window reconnects by itself, and runs continue where they were.',
  loading: 'One moment …',
  untitled: 'Untitled',
  downloaded: '“{name}” is in the browser’s downloads.',
  savedAs: 'Saved as {path}',
}

export const queue = {
  title: 'Queue',
  open: 'Show the queue',
  waiting: 'waiting | {n} waiting',
  goTo: 'Go to {name}',
  progress: '{percent} %',
  steps: '{n} step | {n} steps',
  frames: '{n} frame | {n} frames',
  left: '{time} left',
  live: 'until you press Finish',
  starting: 'starting',
  paused: 'paused',
  finishing: 'finishing',
  queued: 'waiting',
  earlier: 'Earlier',
  later: 'Later',
  cancel: 'Take out of the queue',
  stop: 'Stop and keep',
  done: '“{name}” is finished.',
  failed: '“{name}” failed.',
  show: 'Show',
}

/** Kinds of failures, by their code. */
export const failures = {
  'wrong-use': 'This cannot be done',
  'unreadable-file': 'A file cannot be read',
  'bad-file': 'A file is damaged',
  forbidden: 'A file asks for something that is not allowed',
  'unsupported-model': 'Mien does not know this network',
  mismatch: 'These do not belong together',
  'bad-image': 'A picture cannot be used',
  'bad-graph': 'A network cannot be computed',
  unwritable: 'Saving failed',
  download: 'The download failed',
  device: 'The device failed',
  stopped: 'Stopped',
  lost: 'No connection to Mien',
  unexpected: 'This is a bug in Mien',
} satisfies Record<ErrorCode | 'lost' | 'unexpected', string>

export const drop = {
  project:
    'Drop to make a project of this picture | Drop to make a project: the look, then expression and pose',
  film: 'Drop to make a project: the look, moving as in the video',
  other: 'Drop pictures, videos, .mienz projects or model checkpoints',
  unknown:
    'Mien does not know what to do with “{name}”. | Mien does not know what to do with “{name}” and another file. | Mien does not know what to do with “{name}” and {n} other files.',
  unknownHint:
    'Pictures, videos, motions, .mienz files, folders of projects and runs, and model checkpoints can be dropped.',
  notProject: '“{name}” is neither a Mien project nor a run.',
  notProjectHint:
    'The folder of a project contains a file project.json; that of a run, as “mien project” writes it, a file run.json.',
  unpacked: '“{name}” was added.',
  pasted: 'Pasted picture',
}

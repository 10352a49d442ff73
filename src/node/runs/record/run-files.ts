/** The files of a run, by what they hold; the reference's names where it has one. */
export const runFiles = {
  look: 'target_look.png',
  landmarks: 'target_landmarks.png',
  start: 'start.png',
  result: 'proj.png',
  drawn: 'proj_drawn.png',
  whole: 'proj_whole.png',
  latent: 'projected_w.npz',
  noise: 'noise.npz',
  sheet: 'contact-sheet.png',
  video: 'proj.mp4',
  metrics: 'metrics.ndjson',
  record: 'run.json',
} as const

/** The folder below that of a run, in which it keeps what it takes to go on. */
export const recoveryFolder = 'recovery'

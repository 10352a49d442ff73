import { join } from 'node:path'
import { exists } from '../../host/files.ts'

/** The files of a run, by what they hold; the reference's names where it has one. */
export const runFiles = {
  look: 'target_look.png',
  landmarks: 'target_landmarks.png',
  start: 'start.png',
  result: 'proj.png',
  drawn: 'proj_drawn.png',
  whole: 'proj_whole.png',
  photograph: 'proj_photograph.png',
  generator: 'generator_tuned.safetensors',
  own: 'own_w.npz',
  movement: 'movement.npz',
  latent: 'projected_w.npz',
  noise: 'noise.npz',
  sheet: 'contact-sheet.png',
  video: 'proj.mp4',
  targets: 'targets.npz',
  latents: 'latents.npz',
  film: 'film.mp4',
  metrics: 'metrics.ndjson',
  record: 'run.json',
} as const

/** The name of the picture that a search has drawn; where the result is a photograph, it has a file of its own. */
export async function drawnFile(folder: string): Promise<string> {
  return (await exists(join(folder, runFiles.drawn))) ? runFiles.drawn : runFiles.result
}

/** The folder below that of a run, in which it keeps what it takes to go on. */
export const recoveryFolder = 'recovery'
/** Below that: pictures by their hashes. */
export const pictureFolder = 'pictures'

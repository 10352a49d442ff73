import { createHash } from 'node:crypto'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Fingerprint } from '../../engine/projection/snapshot.ts'
import type { PictureInput, ProjectOutcome } from './protocol.ts'

/** SHA-256 of bytes or of a text, in hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What decides the bits of a search, besides its state and the device. */
export function searchFingerprint(
  settings: ProjectionSettings,
  modelHashes: ProjectOutcome['modelHashes'],
  look: PictureInput,
  landmarks: PictureInput,
): Fingerprint {
  const { steps, seed, space, weights, groupWeights, live = false } = settings
  const { perceptual, landmark, noiseReg } = weights
  const { generator, ...others } = modelHashes
  return {
    settings: sha256(
      JSON.stringify([steps, seed, space, perceptual, landmark, noiseReg, groupWeights, live]),
    ),
    models: sha256(JSON.stringify([generator, others.landmarks, others.perceptual])),
    pictures: sha256(JSON.stringify([sha256(look.bytes), sha256(landmarks.bytes)])),
  }
}

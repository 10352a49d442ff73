import { createHash } from 'node:crypto'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Fingerprint } from '../../engine/projection/snapshot.ts'
import type { AlignmentChoice, ProjectOutcome, TargetInput } from './protocol.ts'

/** SHA-256 of bytes or of a text, in hex. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** What decides the bits of a search, besides its state and the device. */
export function searchFingerprint(
  settings: ProjectionSettings,
  modelHashes: ProjectOutcome['modelHashes'],
  look: TargetInput,
  landmarks: TargetInput,
): Fingerprint {
  const { steps, seed, space, weights, groupWeights, live = false } = settings
  const { perceptual, landmark, noiseReg, prior } = weights
  const { generator, ...others } = modelHashes
  return {
    settings: sha256(
      JSON.stringify([
        ...[steps, seed, space, perceptual, landmark, noiseReg, groupWeights, live],
        ...(prior === undefined ? [] : [{ prior }]),
      ]),
    ),
    models: sha256(JSON.stringify([generator, others.landmarks, others.perceptual])),
    pictures: sha256(JSON.stringify([pictureFingerprint(look), pictureFingerprint(landmarks)])),
  }
}

/** Of a picture and the choice of its face. Faces are found the same way every time, so both decide its square. */
export function pictureFingerprint({ bytes, alignment }: TargetInput): string {
  return sha256(pictureText(sha256(bytes), alignment))
}

/** What `pictureFingerprint` is the hash of, from the hash of the picture's file. */
export function pictureText(fileHash: string, alignment: AlignmentChoice): string {
  return JSON.stringify({ sha256: fileHash, alignment })
}

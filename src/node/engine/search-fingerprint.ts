import { extraSettingsOf, type ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Fingerprint } from '../../engine/projection/snapshot-file.ts'
import { termsOf } from '../../engine/projection/terms.ts'
import { sha256 } from '../host/sha256.ts'
import type { RememberedFace } from './likeness-messages.ts'
import type { AlignmentChoice, ModelHashes, TargetInput } from './protocol.ts'
import type { TuneParameters } from './tune-messages.ts'

/**
 * What decides the bits of a search, besides its state and the device.
 *
 * @param label the class of a class-conditional generator, whose file is the same for all of them
 */
export function searchFingerprint(
  settings: ProjectionSettings,
  modelHashes: ModelHashes,
  look: TargetInput,
  landmarks: TargetInput,
  label?: number,
): Fingerprint {
  const { steps, seed, space, weights, groupWeights, live = false } = settings
  const { perceptual, landmark, noiseReg, ...extraWeights } = termsOf((name) => weights[name])
  const extra = { ...extraWeights, ...extraSettingsOf(settings) }
  const { generator, recognition, discriminator, ...others } = modelHashes
  return {
    settings: sha256(
      JSON.stringify([
        ...[steps, seed, space, perceptual, landmark, noiseReg, groupWeights, live],
        ...(Object.keys(extra).length === 0 ? [] : [extra]),
      ]),
    ),
    models: sha256(
      JSON.stringify([
        ...[generator, others.landmarks, others.perceptual],
        ...(recognition === undefined ? [] : [recognition]),
        ...(discriminator === undefined ? [] : [{ discriminator }]),
        ...(label === undefined ? [] : [{ class: label }]),
      ]),
    ),
    pictures: sha256(JSON.stringify([pictureFingerprint(look), pictureFingerprint(landmarks)])),
  }
}

/** What decides the bits of a tuning, besides its state and the device. */
export function tuningFingerprint(
  { models, settings, tuning, latent, faces: { look, mouths, eyes, target, shares } }: TuneParameters,
  modelHashes: ModelHashes,
): Fingerprint {
  const hashed = ({ picture, quad, points }: RememberedFace) => [picture.sha256, quad, points]
  const label = models.generator[0]?.class
  const found = latent && new Uint8Array(latent.data.buffer, latent.data.byteOffset, latent.data.byteLength)
  return {
    settings: sha256(JSON.stringify([settings, tuning, target, shares, found && sha256(found)])),
    models: sha256(JSON.stringify(label === undefined ? modelHashes : { ...modelHashes, class: label })),
    pictures: sha256(JSON.stringify([look, ...mouths, ...(eyes === undefined ? [] : [eyes])].map(hashed))),
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

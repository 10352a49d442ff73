import { MienError } from '../../../../engine/errors.ts'
import { landmarkGroups } from '../../../../engine/face/landmark-groups.ts'
import type { Change, RecordedChange } from '../../../../engine/projection/changes.ts'
import { rampDownSteps } from '../../../../engine/projection/schedule.ts'
import { extraSettingsOf, type ProjectionSettings } from '../../../../engine/projection/settings.ts'
import { termsOf } from '../../../../engine/projection/terms.ts'
import { pointsOf, quadOf } from '../../../../shared/alignment.ts'
import type { Picture } from '../../../../shared/project.ts'
import type { SearchSettings } from '../../../../shared/setup.ts'
import type { AlignmentChoice, TargetInput } from '../../../engine/protocol.ts'
import { pictureFingerprint, pictureText } from '../../../engine/search-fingerprint.ts'
import { sha256 } from '../../../host/sha256.ts'
import { modelsOf } from '../../../models/resolve.ts'
import type { RunRecord } from '../../record/record.ts'
import type { ResumePoint } from '../../recovery.ts'
import type { ProjectionOrder } from './order.ts'
import type { UsedPicture } from './record.ts'

/** A picture of a project as a run is given it, so that it stays the same when it is aligned anew. */
export function usedPicture({ id, name, sha256: hash, alignment, faces }: Picture): UsedPicture {
  return { id, name, sha256: hash, alignment: choiceOf({ alignment, faces }) }
}

/** Faces that were found once are not looked for again. */
function choiceOf({ alignment, faces }: Pick<Picture, 'alignment' | 'faces'>): AlignmentChoice {
  const points = pointsOf(alignment, faces)
  if (alignment.by === 'face') return points === null ? 'none' : { points }
  const quad = quadOf(alignment, faces)
  if (quad === null) return 'none'
  return points === null ? { quad } : { quad, points }
}

/** The name by which the engine's changes know the picture. */
export function engineName({ sha256: hash, alignment }: UsedPicture): string {
  return sha256(pictureText(hash, alignment))
}

/** What a run is begun with: the order, and the changes before its first step. */
export interface RunBeginning {
  readonly order: ProjectionOrder
  readonly opening: ResumePoint
}

/**
 * Makes an order of a record. Throws MienError 'wrong-use' for a setup without pictures, 'unreadable-file' for models that
 * are not there, and what reading the pictures throws.
 *
 * @param read a file of the project by its SHA-256
 */
export async function beginningOf(
  record: RunRecord,
  library: string,
  read: (sha256: string) => Promise<Uint8Array>,
): Promise<RunBeginning> {
  const { setup } = record
  const input = async (id: string | null): Promise<TargetInput> => {
    const picture = record.pictures.findLast((used) => used.id === id)
    if (picture === undefined) throw noPictures()
    const { name, alignment } = picture
    return { name, alignment, bytes: await read(picture.sha256) }
  }
  const order: ProjectionOrder = {
    look: await input(setup.look),
    landmarks: await input(setup.landmarks),
    settings: engineSettings(setup.settings),
    files: await modelsOf(setup, library),
    provider: setup.device,
    film: false,
  }
  const pictures: Record<string, TargetInput> = {}
  const changes: Change[] = []
  for (const source of new Set(setup.sources)) {
    if (source === null || source === setup.landmarks) continue
    const picture = await input(source)
    const name = pictureFingerprint(picture)
    const groups = landmarkGroups.flatMap((_, group) => (setup.sources[group] === source ? [group] : []))
    pictures[name] = picture
    changes.push({ kind: 'landmarks', picture: name, groups })
  }
  if (setup.points.length > 0) changes.push({ kind: 'points', points: setup.points })
  if (!setup.settings.live) changes.push({ kind: 'finish', after: plateauSteps(setup.settings) })
  return { order, opening: { changes: changes.map(atBegin), pictures } }
}

function atBegin(change: Change): RecordedChange {
  return { step: 0, change }
}

/**
 * Every run of the studio can be steered. One that is to end after its steps is a live run whose ramp down is set from
 * the beginning, which is the reference's schedule step by step.
 */
export function engineSettings(settings: SearchSettings): ProjectionSettings {
  const { steps, seed, space, weights, groupWeights } = settings
  const { shortMemory, quasiNewton, ...extra } = extraSettingsOf(settings)
  return {
    ...{ steps, seed, space, groupWeights },
    weights: termsOf((name) => weights[name]),
    live: true,
    ...extra,
    // What is held moves about its place all the more, the less its optimiser remembers.
    ...(shortMemory && !settings.live && { shortMemory }),
    ...(quasiNewton && !settings.live && { quasiNewton }),
  }
}

function plateauSteps({ steps }: SearchSettings): number {
  return steps - rampDownSteps(steps)
}

function noPictures(): MienError {
  return new MienError('wrong-use', 'A run needs a picture for the look and one for expression and pose.', {
    hint: 'Give both first.',
  })
}

import * as v from 'valibot'
import { count, finite, sha256 } from '../../../../engine/fields.ts'
import { recordedChange } from '../../../../engine/projection/changes.ts'
import { precisions } from '../../../../engine/runtime.ts'
import { id, landmarkPoints } from '../../../../shared/fields.ts'
import { setup } from '../../../../shared/setup.ts'
import { keptPicture } from '../../record/pictures.ts'
import { filmReport } from '../film/film-report.ts'
import { keptFilm } from '../film/kept-film.ts'
import { keptLesson } from '../tuning/lesson.ts'
import { likenessReport } from './likeness.ts'
import { keptOrder } from './order.ts'

/** A picture of the project as a run was given it: what it shows, and how it was cut out then. */
const usedPicture = v.object({ id, ...keptPicture.entries })
export type UsedPicture = Readonly<v.InferOutput<typeof usedPicture>>

const corner = v.pipe(v.tuple([finite, finite]), v.readonly())

/** How a picture was cut out; see `Alignment`. */
const alignment = v.union([
  v.literal('none'),
  v.object({
    width: count,
    height: count,
    faces: count,
    face: v.exactOptional(
      v.object({
        number: count,
        box: v.object({ x: finite, y: finite, width: finite, height: finite }),
        score: finite,
      }),
    ),
    points: v.exactOptional(v.pipe(landmarkPoints, v.readonly())),
    quad: v.pipe(v.tuple([corner, corner, corner, corner]), v.readonly()),
  }),
])

/** What came of a search when it last ended. */
const projectionResult = v.object({
  /** The version of Mien that made it. */
  mien: v.string(),
  steps: count,
  /** Of all attempts together. */
  seconds: finite,
  precision: v.picklist(precisions),
  alignment: v.object({ look: alignment, landmarks: alignment }),
  likeness: v.exactOptional(likenessReport),
  modelHashes: v.record(v.string(), v.pipe(v.array(sha256), v.readonly())),
  changes: v.exactOptional(v.pipe(v.array(recordedChange), v.readonly())),
})
export type ProjectionResult = Readonly<v.InferOutput<typeof projectionResult>>

const points = v.nullable(landmarkPoints)

/** A search for a latent, a generator that is tuned on the photograph of one, or a film. */
const runKinds = ['projection', 'tuning', 'film'] as const

/** What the record of a run says of a projection, beside what it says of every run. */
export const projectionPart = {
  kind: v.picklist(runKinds),
  /** What was asked for at first; `setup` has the changes since. */
  asked: setup,
  /** All that it was given, the newest last. */
  pictures: v.array(usedPicture),
  /** Landmarks as fractions of the square, where they are known. */
  points: v.object({ look: points, landmarks: points, result: points }),
  /** What the engine was asked for; null until it was. */
  order: v.nullable(keptOrder),
  /** Of a tuning. */
  lesson: v.exactOptional(keptLesson),
  /** Of a film. */
  film: v.exactOptional(keptFilm),
  /** What came of it, when it was last written. */
  filmed: v.exactOptional(filmReport),
  /** A result that an older Mien wrote otherwise is no reason to lose the run. */
  result: v.fallback(v.nullable(projectionResult), null),
}

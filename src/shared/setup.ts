import * as v from 'valibot'
import { landmarkCount, landmarkGroups } from '../engine/face/landmark-groups.ts'
import { placedPoint } from '../engine/projection/changes.ts'
import { projectionSettings } from '../engine/projection/settings.ts'
import { count, id } from './fields.ts'
import { filmSettings, frameRange } from './film-settings.ts'
import { providerChoices } from './settings.ts'

/** Whose eyes a warped photograph can have: its landmarks do not tell closed ones from open ones. */
export const eyeSources = ['look', 'landmarks'] as const

/** What can stand in the result's place: the look's photograph, moved, or what the generator draws. */
export const resultKinds = ['photograph', 'drawn'] as const
export type ResultKind = (typeof resultKinds)[number]

/** Where a warped photograph's landmarks go: where the other picture has them, or where the search has brought them. */
export const likenessAims = ['landmarks', 'result'] as const
export type LikenessAim = (typeof likenessAims)[number]

/** How a search is made, beside its pictures: all that the window can turn. */
export const searchSettings = v.required(projectionSettings, ['start', 'confidence', 'landmarkMask', 'live'])
export type SearchSettings = v.InferOutput<typeof searchSettings>

/** Ids of installed models; a part without one comes from the generator's model, or from the embedded pack. */
export const modelChoice = v.strictObject({
  generator: v.exactOptional(id),
  landmarks: v.exactOptional(id),
  perceptual: v.exactOptional(id),
  /** Of a class-conditional generator, counted from 0; the first if absent. */
  class: v.exactOptional(count),
})

/** What the next run of a project is to be; everything that the workspace shows and the user can turn. */
export const setup = v.strictObject({
  /** Ids of pictures of the project; null where none was given yet. */
  look: v.nullable(id),
  landmarks: v.nullable(id),
  /** For each of the nine groups another picture that its landmarks come from; null is the landmark picture. */
  sources: v.pipe(v.array(v.nullable(id)), v.length(landmarkGroups.length)),
  points: v.pipe(v.array(placedPoint), v.maxLength(landmarkCount)),
  settings: searchSettings,
  /** Whose eyes the photograph has; the look's if absent. */
  eyes: v.exactOptional(v.picklist(eyeSources)),
  /** What stands in the result's place; what fits the look if absent. */
  result: v.exactOptional(v.picklist(resultKinds)),
  /** Where the photograph's landmarks go; to the other picture's if absent. */
  aim: v.exactOptional(v.picklist(likenessAims)),
  /** A driver of the project in place of the landmark picture: what comes out is a film. */
  driver: v.exactOptional(id),
  /** How the look follows the driver; as usual if absent. */
  film: v.exactOptional(filmSettings),
  /** The part of the film that is played and exported, in frames of the driver; all of it if absent. */
  marked: v.exactOptional(frameRange),
  models: modelChoice,
  device: v.picklist(providerChoices),
})
export type Setup = v.InferOutput<typeof setup>
/** A landmark that was placed by hand, as fractions of the landmark picture's square. */
export type PlacedPoint = Setup['points'][number]

/** The ids of all pictures that a setup names. */
export function picturesOfSetup({ look, landmarks, sources }: Setup): ReadonlySet<string> {
  return new Set([look, landmarks, ...sources].filter((picture) => picture !== null))
}

/** The setup without that picture; points that were put on it by hand go with it. */
export function withoutPicture(setup: Setup, picture: string): Setup {
  const other = (given: string | null) => (given === picture ? null : given)
  return {
    ...setup,
    look: other(setup.look),
    landmarks: other(setup.landmarks),
    sources: setup.sources.map(other),
    points: setup.landmarks === picture ? [] : setup.points,
  }
}

/** The setup of a search, which is for a still. */
export function withoutFilm({ driver: _, film: __, marked: ___, ...still }: Setup): Setup {
  return still
}

/** The setup with that driver; what was dragged and marked in frames of another one goes with that. */
export function withDriver(setup: Setup, driver: string): Setup {
  return setup.driver === driver ? setup : { ...withoutFrames(setup), driver }
}

/** The setup without that driver. */
export function withoutDriver(setup: Setup, driver: string): Setup {
  const { driver: given, ...rest } = setup
  return given === driver ? withoutFrames(rest) : setup
}

function withoutFrames({ film, marked: __, ...rest }: Setup): Setup {
  if (film === undefined) return rest
  const { keyFrames: _, ...settings } = film
  return { ...rest, film: settings }
}

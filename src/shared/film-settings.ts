import * as v from 'valibot'
import { landmarkGroups } from '../engine/face/landmark-groups.ts'
import { count } from './fields.ts'

/** What is the look's: its face and bearing, its face alone, or nothing but its colours, as the reference has it. */
export const filmModes = ['own', 'posed', 'absolute'] as const

/** 0 is the look as it is in its picture, 1 the driver; more exaggerates. */
const strength = v.pipe(v.number(), v.minValue(0), v.maxValue(2))

/** What a film makes of its driver's motion; `FilmSettings` of the engine. */
export const filmSettings = v.strictObject({
  mode: v.picklist(filmModes),
  pose: strength,
  expression: strength,
  /** For each of the nine groups whether it makes the driver's expressions. */
  follows: v.pipe(v.array(v.boolean()), v.length(landmarkGroups.length)),
  /** Frames that the motion is smoothed over: an odd number, 1 is none. */
  smoothing: v.pipe(
    count,
    v.minValue(1),
    v.maxValue(31),
    v.check((frames) => frames % 2 === 1),
  ),
})
export type FilmSettingsRecord = v.InferOutput<typeof filmSettings>

/** How a film is made where nobody says otherwise; the engine's `usualFilm`. */
export const usualFilmSettings: FilmSettingsRecord = {
  mode: 'own',
  pose: 1,
  expression: 1,
  follows: landmarkGroups.map(() => true),
  smoothing: 5,
}

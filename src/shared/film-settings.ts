import * as v from 'valibot'
import { landmarkCount, landmarkGroups } from '../engine/face/landmark-groups.ts'
import { openers } from '../engine/motion/openings.ts'
import { count, finite } from './fields.ts'

/** What is the look's: its face and bearing, its face alone, or nothing but its colours, as the reference has it. */
export const filmModes = ['own', 'posed', 'absolute'] as const

/** What the head does in the picture. */
export const headWays = ['fixed', 'moving'] as const

/** 0 is the look as it is in its picture, 1 the driver; more exaggerates. */
const strength = v.pipe(v.number(), v.minValue(0), v.maxValue(2))

/** A frame of the driver in which landmarks of the look were dragged; `KeyFrame` of the engine. */
export const keyFrame = v.strictObject({
  frame: count,
  points: v.pipe(
    v.array(
      v.strictObject({
        index: v.pipe(count, v.maxValue(landmarkCount - 1)),
        x: finite,
        y: finite,
        z: finite,
      }),
    ),
    v.minLength(1),
    v.maxLength(landmarkCount),
  ),
})
export type KeyFrameRecord = v.InferOutput<typeof keyFrame>

const mostKeyFrames = 500

/** Frames of a film, from the one to before the other. */
export const frameRange = v.pipe(
  v.tuple([count, count]),
  v.check(([from, to]) => from < to),
)

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
  /** Of left eye, right eye and lips; null, or none at all, is that of the expression. */
  openings: v.exactOptional(v.pipe(v.array(v.nullable(strength)), v.length(openers.length))),
  /** Whether the head stays in its place, as it does if absent, or goes to and fro in the picture as the driver's does. */
  head: v.exactOptional(v.picklist(headWays)),
  /** In the order of their frames. */
  keyFrames: v.exactOptional(
    v.pipe(
      v.array(keyFrame),
      v.maxLength(mostKeyFrames),
      v.check((keys) => keys.every(({ frame }, i) => i === 0 || keys[i - 1]!.frame < frame)),
    ),
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

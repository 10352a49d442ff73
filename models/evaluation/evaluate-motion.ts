import { ffhqQuad, sideOf } from '../../src/engine/face/quad.ts'
import { usualWindow } from '../../src/engine/motion/smoothed-motion.ts'
import { steadyQuads } from '../../src/engine/motion/steady-quads.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { mean, percent } from './figures.ts'
import { filmRate, type HeldOutFilm, heldOutFilms } from './held-out-films.ts'
import { type MotionCase, motionFigures } from './motion-figures.ts'

/** The truth has the driver's pose and openings. */
const [posed, noise, window] = ['posed' as const, 0.015, usualWindow]

const cases: Readonly<Record<string, MotionCase>> = {
  'the look at rest': { look: 'resting', noise, mode: posed, window },
  'the look as its picture is': { look: 'look', noise, mode: posed, window },
  'the same, not smoothed': { look: 'look', noise, mode: posed, window: 1 },
  'the same, absolute': { look: 'look', noise, mode: 'absolute', window },
  'the look at rest, no noise': { look: 'resting', noise: 0, mode: posed, window },
  'the look as its picture is, no noise': { look: 'look', noise: 0, mode: posed, window },
}

/**
 * How far the targets of held-out drawn films are from what the look would be drawn as, how much they tremble, and whether
 * eyes shut; and how much the square of the alignment breathes before and after it is steadied.
 */
export async function main(): Promise<number> {
  const [model, films] = [await loadShapeModel(), await heldOutFilms()]
  console.log('| landmarks 1.5 % off | inside | jaw | added jitter | shut eyes open by | openings off by |')
  console.log('| --- | --- | --- | --- | --- | --- |')
  for (const [name, motionCase] of Object.entries(cases)) {
    const { inside, jaw, jitter, shut, openings } = motionFigures(model, films, motionCase)
    console.log(`| ${[name, ...[inside, jaw, jitter, shut, openings].map(percent)].join(' | ')} |`)
  }
  const [raw, steady] = [breath(films, false), breath(films, true)]
  console.log(`\nThe side of the square changes by ${percent(raw)} a frame, steadied by ${percent(steady)}.`)
  return 0
}

/** The mean change of the square's side from a frame to the next, as a part of it. */
function breath(films: readonly HeldOutFilm[], steadied: boolean): number {
  return mean(
    films.flatMap(({ driver }) => {
      const quads = driver.map(ffhqQuad)
      const whole = [{ start: 0, end: quads.length }]
      const sides = (steadied ? steadyQuads(quads, whole, filmRate) : quads).map(sideOf)
      return sides.slice(1).map((side, i) => Math.abs(side / sides[i]! - 1))
    }),
  )
}

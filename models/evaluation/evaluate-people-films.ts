import { openPhotographFilm } from '../../src/engine/likeness/photograph-film.ts'
import { photographTargets, usualFilm } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { mean } from './figures.ts'
import { filmRate } from './held-out-films.ts'
import { people } from './people.ts'
import { photographLooks } from './photograph-look.ts'

const side = 512

/**
 * Films of one frame of people who were photographed more than once, each photograph driven by each other one of the same person: how far
 * the two photographs are from each other by the recognition network, and how far the frame is from both.
 */
export async function main(): Promise<number> {
  const photographs = (await people()).filter(({ who }) => who !== undefined)
  const named = photographs.map(({ id, bytes }) => ({ name: id, bytes }))
  const [model, judge, looks] = [
    await loadShapeModel(),
    await openLikenessJudge(),
    await photographLooks(named, side),
  ]
  const known = await Promise.all(looks.map(({ look }) => judge.describe(look.image)))
  const rows: (readonly number[])[] = []
  const write = (cells: readonly string[]) => console.log(`| ${cells.join(' | ')} |`)
  write(['look', 'driver', 'look and driver', 'frame and look', 'frame and driver'])
  write(Array.from({ length: 5 }, () => '---'))
  for (const [i, { look, found }] of looks.entries()) {
    const film = openPhotographFilm(look)
    for (const [k, driver] of looks.entries()) {
      if (k === i || photographs[k]!.who !== photographs[i]!.who) continue
      const motion = fitMotion(model, [driver.found.points])
      const still = { motion, times: [0], timescale: filmRate, segments: [{ start: 0, end: 1 }] }
      const [target] = photographTargets(model, found, still, usualFilm)
      const frame = await judge.describe(film.frame(target!).image)
      const distances = [known[k]!, frame].map((other) => descriptorDistance(other, known[i]!))
      const row = [...distances, descriptorDistance(frame, known[k]!)]
      rows.push(row)
      write([named[i]!.name, named[k]!.name, ...row.map((value) => value.toFixed(3))])
    }
  }
  write(['mean', '', ...[0, 1, 2].map((column) => mean(rows.map((row) => row[column]!)).toFixed(3))])
  return 0
}

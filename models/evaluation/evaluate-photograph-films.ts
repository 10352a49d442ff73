import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { photographTargets } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { photographs } from './evaluate-photographs.ts'
import { mean } from './figures.ts'
import { filmRate, heldOutFilms } from './held-out-films.ts'
import { photographFilmFigures } from './photograph-film-figures.ts'

/** Every so many frames of a film are judged. */
const every = 6

/**
 * Films of the six photographs that come with face-api, each driven by a held-out drawn film: how near the frames stay to the look,
 * whether anything changes beyond the head, how its border flickers, and what a frame costs beside a still's warp.
 */
export async function main([given = '512']: readonly string[]): Promise<number> {
  const side = Number(given)
  const [model, films] = [await loadShapeModel(), await heldOutFilms()]
  const [judge, search] = [await openLikenessJudge(), await openFaceSearch()]
  console.log('| | identity | spread | changed beyond | flicker | with a tremble | a frame | a still |')
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [i, { name, bytes }] of (await photographs(6)).entries()) {
    const face = (await search.find({ name, bytes })).faces[0]!
    const quad = ffhqQuad(face.points)
    const image = alignedImage(await sharpCodec.decode(bytes, name), quad, side, 2)
    const look = { image, quad: wholeQuad(side), points: pointsInQuad(face.points, quad) }
    const { driver } = films[i]!
    const motion = fitMotion(model, driver)
    const times = driver.map((_, frame) => frame)
    const timed = { motion, times, timescale: filmRate, segments: [{ start: 0, end: driver.length }] }
    const targets = photographTargets(model, { points: face.points, quad }, timed).filter(
      (_, frame) => frame % every === 0,
    )
    const known = await judge.describe(image)
    const figures = await photographFilmFigures(
      look,
      targets,
      async (frame) => (await judge.judge(frame, known, look.points)).identity,
    )
    const middle = mean(figures.identities)
    const spread = Math.sqrt(mean(figures.identities.map((value) => (value - middle) ** 2)))
    const cells = [name, middle.toFixed(3), spread.toFixed(3), figures.changedBeyond]
    const flickers = [figures.still.toFixed(3), figures.trembling.toFixed(3)]
    const seconds = [figures.seconds, figures.secondsOfStill].map((value) => `${value.toFixed(3)} s`)
    console.log(`| ${[...cells, ...flickers, ...seconds].join(' | ')} |`)
  }
  await search.dispose()
  return 0
}

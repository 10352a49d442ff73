import { photographTargets } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { photographs } from './evaluate-photographs.ts'
import { deviation, mean } from './figures.ts'
import { drawnTruths, filmRate, heldOutFilms, picturedEvery } from './held-out-films.ts'
import { photographFilmFigures } from './photograph-film-figures.ts'
import { photographLooks } from './photograph-look.ts'

/**
 * Films of the six photographs that come with face-api, each driven by a held-out drawn film: how near the frames stay to the look
 * and how evenly, beside how the painter's own film of the same movements does; whether anything changes beyond the head, how its border
 * flickers, and what a frame costs beside a still's warp.
 */
export async function main([given = '512']: readonly string[]): Promise<number> {
  const side = Number(given)
  const [model, films, truths] = [await loadShapeModel(), await heldOutFilms(), await drawnTruths()]
  const judge = await openLikenessJudge()
  const pictures = await photographs(6)
  const identitiesBeside = async (known: Image) => {
    const descriptor = await judge.describe(known)
    return async (image: Image) => descriptorDistance(await judge.describe(image), descriptor)
  }
  console.log(
    '| | identity | spread | drawn exactly | spread | changed beyond | flicker | with a tremble | a frame | a still |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
  for (const [i, { look, found }] of (await photographLooks(pictures, side)).entries()) {
    const { driver } = films[i]!
    const motion = fitMotion(model, driver)
    const times = driver.map((_, frame) => frame)
    const timed = { motion, times, timescale: filmRate, segments: [{ start: 0, end: driver.length }] }
    const targets = photographTargets(model, found, timed).filter((_, frame) => frame % picturedEvery === 0)
    const figures = await photographFilmFigures(look, targets, await identitiesBeside(look.image))
    const { resting, frames } = truths[i]!
    const drawn = await Promise.all(frames.map(await identitiesBeside(resting)))
    const identities = [figures.identities, drawn].flatMap((values) => [mean(values), deviation(values)])
    const cells = [pictures[i]!.name, ...identities.map((value) => value.toFixed(3)), figures.changedBeyond]
    const flickers = [figures.still.toFixed(3), figures.trembling.toFixed(3)]
    const seconds = [figures.seconds, figures.secondsOfStill].map((value) => `${value.toFixed(3)} s`)
    console.log(`| ${[...cells, ...flickers, ...seconds].join(' | ')} |`)
  }
  return 0
}

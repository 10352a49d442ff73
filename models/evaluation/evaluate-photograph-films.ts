import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { photographTargets } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { descriptorDistance } from '../../src/engine/projection/identity.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { openLikenessJudge } from '../../src/node/worker/likeness-judge.ts'
import { photographs } from './evaluate-photographs.ts'
import { deviation, mean } from './figures.ts'
import { drawnTruths, filmRate, heldOutFilms, picturedEvery } from './held-out-films.ts'
import { photographFilmFigures } from './photograph-film-figures.ts'

/**
 * Films of the six photographs that come with face-api, each driven by a held-out drawn film: how near the frames stay to the look
 * and how evenly, beside how the painter's own film of the same movements does; whether anything changes beyond the head, how its border
 * flickers, and what a frame costs beside a still's warp.
 */
export async function main([given = '512']: readonly string[]): Promise<number> {
  const side = Number(given)
  const [model, films, truths] = [await loadShapeModel(), await heldOutFilms(), await drawnTruths()]
  const [judge, search] = [await openLikenessJudge(), await openFaceSearch()]
  const identitiesBeside = async (known: Image) => {
    const descriptor = await judge.describe(known)
    return async (image: Image) => descriptorDistance(await judge.describe(image), descriptor)
  }
  console.log(
    '| | identity | spread | drawn exactly | spread | changed beyond | flicker | with a tremble | a frame | a still |',
  )
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
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
      (_, frame) => frame % picturedEvery === 0,
    )
    const figures = await photographFilmFigures(look, targets, await identitiesBeside(image))
    const { resting, frames } = truths[i]!
    const drawn = await Promise.all(frames.map(await identitiesBeside(resting)))
    const identities = [figures.identities, drawn].flatMap((values) => [mean(values), deviation(values)])
    const cells = [name, ...identities.map((value) => value.toFixed(3)), figures.changedBeyond]
    const flickers = [figures.still.toFixed(3), figures.trembling.toFixed(3)]
    const seconds = [figures.seconds, figures.secondsOfStill].map((value) => `${value.toFixed(3)} s`)
    console.log(`| ${[...cells, ...flickers, ...seconds].join(' | ')} |`)
  }
  await search.dispose()
  return 0
}

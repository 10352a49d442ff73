import { parseArgs } from 'node:util'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { openLandmarkReader } from '../../src/node/worker/landmark-reader.ts'
import { withModelFiles } from '../../src/node/worker/model-files.ts'
import { landmarkNetworkIn, loadNetworks } from '../../src/node/worker/networks.ts'
import { type DrawnFilmFigures, drawnFilmFigures, type FilmWay, filmWays } from './drawn-film-figures.ts'
import { mean, percent } from './figures.ts'
import { heldOutPairs, judgeFile } from './held-out.ts'
import { heldOutFilms } from './held-out-films.ts'
import { searchOptions, searchSettings, searchUsage } from './search-options.ts'

const usage = `npm run eval:films -- [--films 6] [--frames 60] [--stills 3] [--frame-steps 3] [search]

Searches the frames of held-out drawn films with the embedded pack: from the first frame's latent by the directions, and, to compare,
as single stills and by ten steps from the frame before. Landmarks are read by a network that no search saw, in distances of the
eyes. The jitter has the judge's own in it, which is measured on a still picture over which a camera moves.

${searchUsage}`

const wayNames: Readonly<Record<FilmWay, string>> = {
  linear: 'linear start alone',
  refined: 'linear start and steps',
  warm: '10 steps from the frame before',
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      films: { type: 'string', default: '6' },
      frames: { type: 'string', default: '60' },
      stills: { type: 'string', default: '3' },
      'frame-steps': { type: 'string', default: '3' },
      space: { type: 'string', default: 'w' },
      help: { type: 'boolean', default: false },
      ...searchOptions,
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const space = values.space === 'w+' ? ('w+' as const) : ('w' as const)
  const settings = { ...(await searchSettings(values)), space }
  const runtime = onnxRuntime('cpu')
  const { networks, heatMapForm } = await loadNetworks(await resolveAllModels({}), settings.weights)
  const landmarks = await withModelFiles([{ path: judgeFile }], landmarkNetworkIn)
  const judge = await openLandmarkReader(runtime, { ...networks, landmarks }, {})
  const [frames, stills, steps] = [values.frames, values.stills, values['frame-steps']].map(Number)
  const filmCase = {
    ...{ runtime, networks, judge, settings, deviation: heatMapForm.deviation },
    ...{ model: await loadShapeModel(), frames: frames!, stills: stills!, steps: steps! },
  }
  const films = (await heldOutFilms()).slice(0, Number(values.films))
  const pairs = await heldOutPairs(films.length, networks.generator.resolution)
  const all: DrawnFilmFigures[] = []
  for (const [i, film] of films.entries()) {
    all.push(await drawnFilmFigures(filmCase, film, pairs[i]!.look))
    console.error(JSON.stringify(all.at(-1)))
  }
  await judge.dispose()
  for (const line of table(all)) console.log(line)
  return 0
}

function table(all: readonly DrawnFilmFigures[]): readonly string[] {
  const own = mean(all.map(({ judgeJitter }) => judgeJitter))
  const still = mean(all.map((figures) => figures.still.landmarks))
  const rows = filmWays.map((way) => {
    const of = (name: keyof DrawnFilmFigures['ways'][FilmWay]) => mean(all.map(({ ways }) => ways[way][name]))
    const landmarks = of('landmarks')
    return [
      ...[wayNames[way], percent(landmarks), `${(landmarks / still).toFixed(2)} x`],
      ...[percent(of('jitter')), `${of('perceptual').toFixed(2)} x`],
      `${of('seconds').toFixed(2)} s`,
    ]
  })
  const [first, directions] = (['firstSeconds', 'directionsSeconds'] as const).map((name) =>
    mean(all.map((figures) => figures[name])),
  )
  return [
    '| frames by | landmarks | of the stills | jitter | perceptual, of the first | a frame |',
    '| --- | --- | --- | --- | --- | --- |',
    `| still searches | ${percent(still)} | | | | ${mean(all.map((figures) => figures.still.seconds)).toFixed(0)} s |`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `The first frame took ${first!.toFixed(0)} s, the directions ${directions!.toFixed(1)} s; the judge's own jitter is ${percent(own)}.`,
  ]
}

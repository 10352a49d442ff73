import { heatMapPoints } from '../face/heat-map-points.ts'
import type { GraphCost } from '../graph/cost.ts'
import type { Generator } from '../network/stylegan2/generator.ts'
import type { Image, Precision, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { averagedWith, type Found, foundBy } from './average.ts'
import { type AskedChange, isAboutEnd, type RecordedChange } from './changes.ts'
import { coarseNetworks } from './coarse-networks.ts'
import {
  type Course,
  courseOf,
  courseRates,
  descends,
  lastStep,
  settlingAfter,
  settlingBy,
} from './course.ts'
import { descend } from './descending.ts'
import type { LatentStatistics } from './latent-statistics.ts'
import { noiseByName } from './noise.ts'
import { type ExtraTerms, extraTerms, type LendNetworks, type Networks } from './objective.ts'
import { shortDecays, usualDecays } from './optimiser.ts'
import { type Parts, withParts } from './parts.ts'
import { generatedImage } from './picture.ts'
import { type Beginning, type CheckedProjector, openChecked, trial } from './precision-guard.ts'
import { type Preparation, prepare } from './preparation.ts'
import { type ProjectionState, requireFinite, stateForNewLoss, stateToStep } from './projection-state.ts'
import { atRest, openProjector } from './projector.ts'
import { MersenneTwister } from './randomness.ts'
import type { Metrics, ProjectionSettings } from './settings.ts'
import type { SearchState } from './snapshot.ts'
import { latentShapeOf } from './step-graph.ts'
import { type NamedPictures, type TargetPictures, targetFinder } from './target-finder.ts'
import type { Targets } from './targets.ts'
import { openViewer } from './viewer.ts'

export interface ProjectionSetup {
  readonly runtime: Runtime
  /**
   * Loads the networks. It is asked whenever graphs are built of them: they are as large as all weights, and the search holds
   * none beside its graphs.
   */
  readonly networks: () => Promise<Networks>
  readonly pictures: TargetPictures | PreparedPictures
  readonly settings: ProjectionSettings
  readonly options?: SessionOptions
  /**
   * Tuned from the generator that is searched, whose latents it takes: it draws all that is shown. The search itself needs
   * drawings that the landmark network knows.
   */
  readonly tuned?: () => Promise<Generator>
  /** What earlier searches have opened that would open the same, which stays open for later ones; nothing does if absent. */
  readonly kept?: Parts
  /** In which the steps compute; float32 if absent, and where float16 does not do. */
  readonly precision?: Precision
  /** Where to go on; the start if absent. */
  readonly from?: SearchState
  /** To be made when their step is reached: a live run is replayed, or goes on. In the order in which they were made. */
  readonly changes?: readonly RecordedChange[]
}

/** Pictures whose targets are found elsewhere, while the graph is built here. */
export interface PreparedPictures extends NamedPictures {
  readonly prepared: Promise<Preparation>
}

/** What the caller is told, and asked, while the search goes on. */
export interface ProjectionHooks {
  /** One step is about to be compared in float16 and float32. */
  onPrecisionTrial?(): void
  /** Steps were to compute in float16, and do not: why, as part of a sentence. */
  onRefusedPrecision?(reason: string): void
  /**
   * `metrics` are those of the jittered latent that the step started from; `step` counts from 1; `last` is Infinity
   * while a live run is held.
   */
  onStep?(step: number, last: number, metrics: Metrics): void
  /** The graphs of the next steps are loaded, and what one of them costs. */
  onGraph?(cost: GraphCost): void
  /** Networks were loaded, and will not be used again: their memory can be freed. */
  onLoaded?(): void
  /** What is aimed at, before the first step. */
  onTargets?(targets: Targets): void
  /** Asked after each step, after `onState`: whether its picture is wanted. */
  isPreviewDue?(step: number): boolean
  /**
   * What a live run, or one with a tuned generator, has found after the step, else the picture that the step started
   * from; and the landmarks that were seen in this one, 68 x (x, y) as fractions of its side.
   */
  onPreview?(step: number, image: Image, points: Float32Array): void
  /** After each step all that is needed to go on from there. */
  onState?(state: SearchState): void
  /** Asked between two steps; the search goes on when the promise is fulfilled. */
  whilePaused?(): Promise<void> | undefined
  /** Asked between two steps: the changes that were asked for since. Only a live run asks. */
  takeChanges?(): readonly AskedChange[]
  /** A change that was taken takes effect with the next step; `asks` are the ids of what it answers. */
  onChange?(change: RecordedChange, asks: readonly string[]): void
  /** Asked between two steps; the search then ends with what it has. */
  shouldStop?(): boolean
}

export interface ProjectionResult {
  /** [1, latentCount, w_dim], whatever the space of the search. */
  readonly latent: FloatTensor
  /** A map [H, W] by the name of each noise buffer. */
  readonly noise: Readonly<Record<string, FloatTensor>>
  readonly image: Image
  /** Landmarks as the landmark network sees them in what was searched: 68 x (x, y) as fractions of the picture's side. */
  readonly points: Float32Array
  /** What the landmark network sees there: [1, 68, 64, 64]. */
  readonly heatMaps: FloatTensor
  /** What the search began with. */
  readonly start: Image
  /** Of the result, without jitter. */
  readonly metrics: Metrics
  /** Steps done. */
  readonly steps: number
  /** Whether it was stopped before its last step. */
  readonly stopped: boolean
  /** All that were made, the oldest first. */
  readonly changes: readonly RecordedChange[]
  readonly precision: Precision
}

/** Searches the latent whose picture has the one picture's look and the other's landmarks. */
export function project(setup: ProjectionSetup, hooks: ProjectionHooks = {}): Promise<ProjectionResult> {
  return withParts(setup.kept, (parts) => search(setup, parts, hooks))
}

async function search(
  setup: ProjectionSetup,
  parts: Parts,
  hooks: ProjectionHooks,
): Promise<ProjectionResult> {
  const { runtime, settings, options, from, tuned } = setup
  let changes = from?.changes ?? []
  let course = courseOf(settings, changes)
  const lend = lender(setup, hooks)
  const begun = await lend((networks) => begin(setup, parts, networks, lend, course, hooks))
  const { statistics, latentCount, noiseMaps, latentShape, retarget, startLatent } = begun
  let { targets, projector, precision, coarse } = begun
  const viewsAll = settings.live === true || tuned !== undefined
  const begunCoarse = coarse !== undefined
  const see = async (found: Found) => {
    const viewer = await parts.get('viewer', () =>
      lend(async (networks) => {
        const generator = tuned === undefined ? (await networks()).generator : await tuned()
        return openViewer(runtime, generator, latentShape, { ...options, occasional: true, precision })
      }),
    )
    return viewer.see(found)
  }
  let start: Image | undefined
  /** Not before the first step: where nothing else draws it takes the time of a step, as the runtime computes whole graphs. */
  const drawStart = async () => {
    const first = projector.start(new MersenneTwister(settings.seed), startLatent)
    start =
      viewsAll || begunCoarse
        ? await see(foundBy(first, undefined, noiseMaps))
        : generatedImage((await projector.evaluate(first, targets, settings)).image)
    return start
  }
  /** From here on the whole picture is drawn in every step. */
  const refine = async (state: ProjectionState, { extra }: CoarseBeginning) => {
    if (!viewsAll) {
      await drawStart()
      await parts.drop('viewer')
    }
    coarse = undefined
    const now = { from: state, start: startLatent, seed: settings.seed, targets, settings: course }
    const beginning = async () => now
    ;({ projector, precision } = await openStep(parts, false, () =>
      lend(async (networks) =>
        openFor({ ...setup, precision }, await networks(), { statistics, extra, beginning }, hooks),
      ),
    ))
  }
  try {
    const random = new MersenneTwister(settings.seed)
    let state = projector.start(random, startLatent)
    const draws = from === undefined ? random : new MersenneTwister(from.random)
    if (from !== undefined) state = from.projection
    let settling = from?.settling
    let average = from?.average
    const found = () => foundBy(state, average, noiseMaps)
    const scheduled = [...(setup.changes ?? [])].sort((a, b) => a.step - b.step)
    const change = async (made: RecordedChange) => {
      const before: Course = course
      changes = [...changes, made]
      course = courseOf(settings, changes)
      settling = settlingAfter(made.change, settling)
      // What is shown follows at once what was turned.
      if (!isAboutEnd(made.change)) {
        average = undefined
        state = stateForNewLoss(state)
      }
      targets = await retarget(before, course, targets)
    }
    for (;;) {
      while (scheduled.length > 0 && scheduled[0]!.step <= state.step) await change(scheduled.shift()!)
      await hooks.whilePaused?.()
      for (const { change: taken, asks } of settings.live ? (hooks.takeChanges?.() ?? []) : []) {
        const made = { step: state.step, change: taken }
        await change(made)
        hooks.onChange?.(made, asks)
      }
      if (state.step >= lastStep(course, settling) || hooks.shouldStop?.()) break
      if (coarse !== undefined && state.step >= course.coarseUntil) {
        await refine(state, coarse)
        state = stateForNewLoss(state)
        hooks.onGraph?.(projector.cost)
      }
      state = stateToStep(state, descends(course, state.step))
      const { descent } = state
      const rates = courseRates(course, state, settling)
      const { next, metrics, image, heatMaps } =
        descent === undefined
          ? await projector.step(state, targets, course, draws, rates)
          : await descend(projector, { ...state, descent }, targets, course, draws, rates)
      settling = settlingBy(course, state.step, metrics.loss, settling)
      state = next
      if (settings.live) average = descent === undefined ? averagedWith(state, rates, average) : undefined
      hooks.onStep?.(state.step, lastStep(course, settling), metrics)
      hooks.onState?.({
        ...{ projection: state, start: startLatent, random: draws.state, changes },
        ...(settling && { settling }),
        ...(average && { average }),
      })
      if (hooks.isPreviewDue?.(state.step) === true) {
        const picture = viewsAll || coarse !== undefined ? await see(found()) : generatedImage(image)
        hooks.onPreview?.(state.step, picture, heatMapPoints(heatMaps))
      }
    }
    if (coarse !== undefined) await refine(state, coarse)
    const { latent, noise } = found()
    const last = { step: state.step, latent: atRest(latent), noise: atRest(noise) }
    const { metrics, image, heatMaps } = await projector.evaluate(last, targets, course)
    requireFinite(state)
    return {
      latent: inEveryLayer(latent, latentCount),
      noise: noiseByName(noiseMaps, noise),
      image: tuned === undefined ? generatedImage(image) : await see({ latent, noise }),
      points: heatMapPoints(heatMaps),
      heatMaps,
      start: start ?? (await drawStart()),
      metrics,
      steps: state.step,
      stopped: state.step < lastStep(course, settling),
      changes,
      precision,
    }
  } finally {
    // Whether float16 does is found out for each search, by where it begins.
    if (setup.precision === 'float16') for (const name of drawingParts) await parts.drop(name)
  }
}

/** Lends networks to a call, whose end lets them go; they are loaded when it asks, and no more than once. */
type Lend = <T>(use: (networks: () => Promise<Networks>) => Promise<T>) => Promise<T>

function lender({ networks: load }: ProjectionSetup, { onLoaded }: ProjectionHooks): Lend {
  return async (use) => {
    const { loaded, result } = await usedOnce(load, use)
    if (loaded) onLoaded?.()
    return result
  }
}

/** In a call of its own, with whose end nothing holds the networks. */
async function usedOnce<T>(
  load: () => Promise<Networks>,
  use: (networks: () => Promise<Networks>) => Promise<T>,
): Promise<{ readonly loaded: boolean; readonly result: T }> {
  let networks: Promise<Networks> | undefined
  const result = await use(() => {
    networks ??= load()
    return networks
  })
  return { loaded: networks !== undefined, result }
}

/** A search that draws a part of the picture at first: what else its later graph is built of. */
interface CoarseBeginning {
  readonly extra: ExtraTerms
}

/** What there is before the first step. The networks are not among it, so that they are let go. */
async function begin(
  setup: ProjectionSetup,
  parts: Parts,
  networks: () => Promise<Networks>,
  lend: Lend,
  course: Course,
  hooks: ProjectionHooks,
) {
  const { runtime, pictures, settings, options, from } = setup
  const generator = await parts.get('form', async () => formOf(await networks()))
  const prepared = async (squares: TargetPictures) =>
    withParts(setup.kept, (own) =>
      prepare(own, runtime, networks, squares, settings, options, { start: from?.start }),
    )
  const preparing = 'prepared' in pictures ? pictures.prepared : Promise.resolve(await prepared(pictures))
  const aiming = preparing.then(async (found) => {
    const lendLoaded: LendNetworks = (use) => lend(async (loaded) => use(await loaded()))
    const { targets } = found
    const { resolution } = generator
    const finder = await targetFinder(runtime, targets, lendLoaded, resolution, pictures, course, options)
    hooks.onTargets?.(finder.targets)
    return { ...found, ...finder }
  })
  const statistics = aiming.then((aimed) => aimed.statistics)
  // Where the graph fails first, or is there already, nobody asks for it.
  statistics.catch(() => undefined)
  const beginning = async () => {
    const { startLatent, targets } = await aiming
    return { from: from?.projection, start: startLatent, seed: settings.seed, targets, settings: course }
  }
  const isCoarse = (from?.projection.step ?? 0) < course.coarseUntil
  const opened = await openStep(parts, isCoarse, async () => {
    const whole = await networks()
    const extra = await extraTerms(runtime, whole, settings, options)
    const coarse = isCoarse ? coarseNetworks(whole, extra) : undefined
    const step = await openFor(setup, coarse ?? whole, { statistics, extra, beginning }, hooks)
    return { ...step, ...(coarse && { coarse: { extra } }) }
  })
  hooks.onGraph?.(opened.projector.cost)
  return {
    ...(await aiming),
    ...{ coarse: opened.coarse, projector: opened.projector, precision: opened.precision },
    ...{ latentCount: generator.latentCount, noiseMaps: generator.noise },
    latentShape: latentShapeOf({ generator }, settings.space),
  }
}

/** The parts that compute in the precision of the search. */
const drawingParts = ['coarse step', 'step', 'viewer']

/** What a search needs to know of its generator beside its graphs. */
function formOf({ generator }: Networks): Pick<Generator, 'resolution' | 'latentCount' | 'wDim' | 'noise'> {
  const { resolution, latentCount, wDim, noise } = generator
  return { resolution, latentCount, wDim, noise }
}

/** The graph of the next steps. */
interface Step extends CheckedProjector {
  /** If a part of the picture is drawn. */
  readonly coarse?: CoarseBeginning
}

/** A graph that draws a part of the picture and one that draws the whole are never open together: each holds all networks. */
async function openStep(parts: Parts, isCoarse: boolean, open: () => Promise<Step>): Promise<Step> {
  const [wanted, other] = isCoarse ? ['coarse step', 'step'] : ['step', 'coarse step']
  await parts.drop(other!)
  return parts.get(wanted!, async () => {
    const step = await open()
    return { ...step, dispose: step.projector.dispose }
  })
}

/** The graph of a step, in the precision that is wanted if a step comes out there as in float32. */
async function openFor(
  { runtime, settings, options, precision: wanted = 'float32' }: ProjectionSetup,
  networks: Networks,
  {
    statistics,
    extra,
    beginning,
  }: {
    readonly statistics: LatentStatistics | Promise<LatentStatistics>
    readonly extra: ExtraTerms
    readonly beginning: () => Promise<Beginning>
  },
  hooks: ProjectionHooks,
): Promise<CheckedProjector> {
  const decays = settings.shortMemory === true ? shortDecays : usualDecays
  const open = (precision: Precision) => {
    if (precision === 'float16') hooks.onPrecisionTrial?.()
    return openProjector(runtime, networks, statistics, settings.space, {
      ...options,
      extra,
      precision,
      decays,
    })
  }
  if (wanted === 'float32') return { projector: await open(wanted), precision: wanted }
  const checked = await openChecked(open, async (opened) => trial(opened, await beginning()))
  if (checked.reason !== undefined) hooks.onRefusedPrecision?.(checked.reason)
  return checked
}

/** [1, 1, w_dim] repeated for every layer; [1, count, w_dim] as it is. */
export function inEveryLayer({ shape, data }: FloatTensor, count: number): FloatTensor {
  const [, rows, wDim] = shape as [number, number, number]
  if (rows !== 1) return floatTensor(shape, data)
  const repeated = new Float32Array(count * wDim)
  for (let row = 0; row < count; row++) repeated.set(data, row * wDim)
  return floatTensor([1, count, wDim], repeated)
}

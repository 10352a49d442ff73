import { heatMapPoints } from '../face/heat-map-points.ts'
import type { GraphCost } from '../graph/cost.ts'
import type { Generator } from '../network/stylegan2/generator.ts'
import type { Image, Precision, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { averagedWith, foundBy } from './average.ts'
import { type AskedChange, isAboutEnd, type RecordedChange } from './changes.ts'
import { coarseNetworks } from './coarse-networks.ts'
import { type Course, courseOf, courseRates, lastStep, settlingAfter, settlingBy } from './course.ts'
import { firstLatent } from './first-latent.ts'
import { latentStatistics } from './latent-statistics.ts'
import { noiseByName } from './noise.ts'
import { extraTerms, type Networks } from './objective.ts'
import { shortDecays, usualDecays } from './optimiser.ts'
import { generatedImage } from './picture.ts'
import { type CheckedProjector, openChecked, trial } from './precision-guard.ts'
import { type ProjectionState, requireFinite } from './projection-state.ts'
import { atRest, openProjector } from './projector.ts'
import { MersenneTwister } from './randomness.ts'
import type { Metrics, ProjectionSettings } from './settings.ts'
import type { SearchState } from './snapshot.ts'
import { latentShapeOf } from './step-graph.ts'
import { type TargetPictures, targetFinder } from './target-finder.ts'
import type { Targets } from './targets.ts'
import { openViewer } from './viewer.ts'

export interface ProjectionSetup {
  readonly runtime: Runtime
  readonly networks: Networks
  readonly pictures: TargetPictures
  readonly settings: ProjectionSettings
  readonly options?: SessionOptions
  /**
   * Tuned from the generator that is searched, whose latents it takes: it draws all that is shown. The search itself needs
   * drawings that the landmark network knows.
   */
  readonly tuned?: Generator
  /** In which the steps compute; float32 if absent, and where float16 does not do. */
  readonly precision?: Precision
  /** Where to go on; the start if absent. */
  readonly from?: SearchState
  /** To be made when their step is reached: a live run is replayed, or goes on. In the order in which they were made. */
  readonly changes?: readonly RecordedChange[]
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
export async function project(
  setup: ProjectionSetup,
  hooks: ProjectionHooks = {},
): Promise<ProjectionResult> {
  const { runtime, networks, settings, options, from, tuned } = setup
  const { latentCount, noise: noiseMaps } = networks.generator
  const statistics = await latentStatistics(runtime, networks.generator, undefined, options)
  let changes = from?.changes ?? []
  let course = courseOf(settings, changes)
  let { targets, retarget } = await targetFinder(runtime, networks, setup.pictures, course, options)
  hooks.onTargets?.(targets)
  const startLatent =
    from?.start ??
    (await firstLatent(runtime, networks.generator, settings, statistics.average, targets.colours, options))
  const extra = await extraTerms(runtime, networks, settings, options)
  const coarse = coarseNetworks(networks, extra)
  const usedAt = (step: number) => (step < course.coarseUntil ? coarse : undefined) ?? networks
  const decays = settings.shortMemory === true ? shortDecays : usualDecays
  const openFor = async (
    used: Networks,
    state: ProjectionState | undefined,
    wanted: Precision,
  ): Promise<CheckedProjector> => {
    const open = (precision: Precision) => {
      if (precision === 'float16') hooks.onPrecisionTrial?.()
      return openProjector(runtime, used, statistics, settings.space, {
        ...options,
        extra,
        precision,
        decays,
      })
    }
    if (wanted === 'float32') return { projector: await open(wanted), precision: wanted }
    const begin = { from: state, start: startLatent, seed: settings.seed, targets, settings: course }
    const checked = await openChecked(open, (opened) => trial(opened, begin))
    if (checked.reason !== undefined) hooks.onRefusedPrecision?.(checked.reason)
    return checked
  }
  let used = usedAt(from?.projection.step ?? 0)
  let { projector, precision } = await openFor(used, from?.projection, setup.precision ?? 'float32')
  const viewsAll = settings.live === true || tuned !== undefined
  let viewer =
    viewsAll || used !== networks
      ? await openViewer(runtime, tuned ?? networks.generator, latentShapeOf(networks, settings.space), {
          ...options,
          occasional: true,
          precision,
        })
      : undefined
  hooks.onGraph?.(projector.cost)
  /** From here on the whole picture is drawn in every step. The two graphs are never open together: each holds all networks. */
  const refine = async (state: ProjectionState) => {
    await projector.dispose()
    if (!viewsAll) {
      await viewer?.dispose()
      viewer = undefined
    }
    used = networks
    ;({ projector, precision } = await openFor(used, state, precision))
  }
  try {
    const random = new MersenneTwister(settings.seed)
    const first = projector.start(random, startLatent)
    // Where nothing else draws it takes the time of a step: the runtime computes the whole graph, whatever of it is asked for.
    const start =
      viewer === undefined
        ? generatedImage((await projector.evaluate(first, targets, settings)).image)
        : await viewer.see(foundBy(first, undefined, noiseMaps))
    const draws = from === undefined ? random : new MersenneTwister(from.random)
    let state = from?.projection ?? first
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
      if (!isAboutEnd(made.change)) average = undefined
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
      if (used !== usedAt(state.step)) {
        await refine(state)
        hooks.onGraph?.(projector.cost)
      }
      const rates = courseRates(course, state.step, settling)
      const { next, metrics, image, heatMaps } = await projector.step(state, targets, course, draws, rates)
      settling = settlingBy(course, state.step, metrics.loss, settling)
      state = next
      if (settings.live) average = averagedWith(state, rates, average)
      hooks.onStep?.(state.step, lastStep(course, settling), metrics)
      hooks.onState?.({
        ...{ projection: state, start: startLatent, random: draws.state, changes },
        ...(settling && { settling }),
        ...(average && { average }),
      })
      if (hooks.isPreviewDue?.(state.step) === true) {
        const picture = viewer === undefined ? generatedImage(image) : await viewer.see(found())
        hooks.onPreview?.(state.step, picture, heatMapPoints(heatMaps))
      }
    }
    if (used !== networks) await refine(state)
    const { latent, noise } = found()
    const last = { step: state.step, latent: atRest(latent), noise: atRest(noise) }
    const { metrics, image, heatMaps } = await projector.evaluate(last, targets, course)
    requireFinite(state)
    return {
      latent: inEveryLayer(latent, latentCount),
      noise: noiseByName(noiseMaps, noise),
      image:
        viewer !== undefined && tuned !== undefined
          ? await viewer.see({ latent, noise })
          : generatedImage(image),
      points: heatMapPoints(heatMaps),
      heatMaps,
      start,
      metrics,
      steps: state.step,
      stopped: state.step < lastStep(course, settling),
      changes,
      precision,
    }
  } finally {
    await viewer?.dispose()
    await projector.dispose()
  }
}

/** [1, 1, w_dim] repeated for every layer; [1, count, w_dim] as it is. */
export function inEveryLayer({ shape, data }: FloatTensor, count: number): FloatTensor {
  const [, rows, wDim] = shape as [number, number, number]
  if (rows !== 1) return floatTensor(shape, data)
  const repeated = new Float32Array(count * wDim)
  for (let row = 0; row < count; row++) repeated.set(data, row * wDim)
  return floatTensor([1, count, wDim], repeated)
}

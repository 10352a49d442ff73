import { project } from '../../src/engine/projection/projection.ts'
import type { ProjectionState } from '../../src/engine/projection/projection-state.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import { buildEvaluationGraph } from '../../src/engine/projection/step-graph.ts'
import { type TargetSquares, targetInputs, targetsOf } from '../../src/engine/projection/targets.ts'
import type { SessionOptions } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import type { SearchedSet } from './to-loss-sets.ts'

/** The reference's terms of a latent and its noise, without jitter. */
export interface ReferenceTerms {
  readonly perceptual: number
  readonly landmark: number
  readonly noiseReg: number
}

/** Where a search was after a step. */
export interface CourseRow extends ReferenceTerms {
  readonly step: number
  /** Since the first step began; what judges is not counted. */
  readonly seconds: number
  /** Of the processor, all threads together. */
  readonly processor: number
}

export interface Course {
  /** Seconds until the first step begins. */
  readonly startUp: number
  readonly rows: readonly CourseRow[]
}

/** What is compared: the reference's weighted distances. Its noise term only keeps the noise from helping. */
export function distanceOf({ perceptual, landmark }: ReferenceTerms): number {
  const { weights } = referenceSettings
  return weights.perceptual * perceptual + weights.landmark * landmark
}

type Place = { readonly latent: FloatTensor; readonly noise: FloatTensor }

/** Gives the reference's terms of any search on these pictures: one graph judges all. */
export async function openJudge({ networks }: SearchedSet, pictures: TargetSquares, options: SessionOptions) {
  const runtime = onnxRuntime('cpu')
  const inputs = {
    ...targetInputs(await targetsOf(runtime, networks, pictures, options)),
    ...weightInputs(referenceSettings),
  }
  const { model, metrics } = buildEvaluationGraph(networks, 'w', false)
  const session = await runtime.load(model, options)
  return {
    async terms({ latent, noise }: Place): Promise<ReferenceTerms> {
      const seen = await session.run({ ...inputs, latent, noise }, [...metrics])
      const term = (name: keyof ReferenceTerms) => Number(seen[name]!.data[0])
      return { perceptual: term('perceptual'), landmark: term('landmark'), noiseReg: term('noiseReg') }
    },
    dispose: () => session.dispose(),
  }
}

/** Searches as the product does, and judges every so many of its states once it is over. */
export async function searchCourse(
  set: SearchedSet,
  pictures: TargetSquares,
  settings: ProjectionSettings,
  every: number,
  options: SessionOptions,
): Promise<Course> {
  const begun = performance.now()
  let start: { readonly at: number; readonly processor: number } | undefined
  const states: { readonly state: ProjectionState; readonly seconds: number; readonly processor: number }[] =
    []
  await project(
    { runtime: onnxRuntime('cpu'), networks: async () => set.networks, pictures, settings, options },
    {
      // Asked before each step: the first time all that comes before is over.
      whilePaused() {
        start ??= { at: performance.now(), processor: processorSeconds() }
        return undefined
      },
      onState({ projection: state }) {
        if (state.step % every !== 0 && state.step !== settings.steps) return
        const seconds = (performance.now() - start!.at) / 1000
        states.push({ state, seconds, processor: processorSeconds() - start!.processor })
      },
    },
  )
  const judge = await openJudge(set, pictures, options)
  const rows: CourseRow[] = []
  for (const { state, seconds, processor } of states) {
    const place = { latent: state.latent.parameter, noise: state.noise.parameter }
    rows.push({ step: state.step, seconds, processor, ...(await judge.terms(place)) })
  }
  await judge.dispose()
  return { startUp: (start!.at - begun) / 1000, rows }
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

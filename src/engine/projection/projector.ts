import { MienError } from '../errors.ts'
import { landmarkCount, landmarkWeights } from '../face/landmark-groups.ts'
import type { GraphCost } from '../graph/cost.ts'
import type { NamedTensors, Precision, Runtime, Session, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor, sizeOf } from '../tensor.ts'
import type { LatentStatistics } from './latent-statistics.ts'
import { drawNoise } from './noise.ts'
import type { ExtraTerms, Networks } from './objective.ts'
import { type AdamDecays, adamScalars, type Moments, momentTensors, usualDecays } from './optimiser.ts'
import { allFinite, brokenOutput, type ProjectionState } from './projection-state.ts'
import type { Randomness } from './randomness.ts'
import { ratesAt, type StepRates } from './schedule.ts'
import type { Metrics, ProjectionSettings, TermWeights, Weighting } from './settings.ts'
import { buildStepGraph, type StepGraph } from './step-graph.ts'
import { type Targets, targetInputs } from './targets.ts'

/** What a look at the objective gives. */
export interface Evaluation {
  readonly metrics: Metrics
  /** [1, 3, R, R], about -1..1. */
  readonly image: FloatTensor
  /** What the landmark network sees in it: [1, 68, 64, 64]. */
  readonly heatMaps: FloatTensor
}

/** The graph of a step, loaded. Holds no state: a step takes one and gives the next. */
export interface Projector {
  readonly latentStatistics: LatentStatistics
  /** Of a step. */
  readonly cost: GraphCost
  readonly decays: AdamDecays
  /** A latent [1, 1, w_dim], the average one if absent, and fresh noise. */
  start(random: Randomness, latent?: FloatTensor): ProjectionState
  /**
   * The next state, and the evaluation of the jittered latent that it was computed from.
   *
   * @throws MienError 'device' if a term or the next latent is not finite, 'wrong-use' if only the weighted sum is not
   */
  step(
    state: ProjectionState,
    targets: Targets,
    settings: Weighting & Pick<ProjectionSettings, 'steps'>,
    random: Randomness,
    /** Those of the reference's schedule if absent. */
    rates?: StepRates,
  ): Promise<Evaluation & { readonly next: ProjectionState }>
  /** The objective of a state, without jitter. */
  evaluate(state: ProjectionState, targets: Targets, weighting: Weighting): Promise<Evaluation>
  dispose(): Promise<void>
}

/** Graph inputs for the weights; landmarks are taken down by their confidence where the weighting asks for it. */
export function weightInputs(
  { weights, groupWeights, confidence = false }: Weighting,
  targets?: Pick<Targets, 'confidence'>,
): NamedTensors {
  const believed = confidence ? targets?.confidence.data : undefined
  const perLandmark = landmarkWeights(groupWeights).map((weight, i) => weight * (believed?.[i] ?? 1))
  return {
    'weight.landmarks': floatTensor([landmarkCount, 1, 1], perLandmark),
    ...Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [`weight.${name}`, scalar(weight)]),
    ),
  }
}

function scalar(value: number): FloatTensor {
  return floatTensor([], [value])
}

function zeros(shape: readonly number[]): FloatTensor {
  return floatTensor(shape, new Float32Array(sizeOf(shape)))
}

/** With moments of zero, as before the first step. */
export function atRest(parameter: FloatTensor): Moments<FloatTensor> {
  return { parameter, first: zeros(parameter.shape), second: zeros(parameter.shape) }
}

function momentOutputs(name: string, outputs: NamedTensors): Moments<FloatTensor> {
  const output = (suffix: string) => outputs[`next.${name}${suffix}`] as FloatTensor
  return { parameter: output(''), first: output('.first'), second: output('.second') }
}

/** The latent of W in the space of the search. */
function inSpace({ data: latent }: FloatTensor, shape: readonly [number, number, number]): FloatTensor {
  const [, rows, wDim] = shape
  const data = new Float32Array(rows * wDim)
  for (let row = 0; row < rows; row++) data.set(latent, row * wDim)
  return floatTensor(shape, data)
}

function evaluationOf(
  graph: Omit<StepGraph, 'model'>,
  outputs: NamedTensors,
  { weights }: Weighting,
): Evaluation {
  const metrics = Object.fromEntries(graph.metrics.map((name) => [name, Number(outputs[name]!.data[0])]))
  refuseOverflow(metrics, weights)
  const broken = Object.entries(metrics).find(([, value]) => !Number.isFinite(value))
  if (broken !== undefined) throw brokenOutput(String(broken[1]), `term "${broken[0]}"`)
  return {
    metrics: metrics as unknown as Metrics,
    image: outputs.image as FloatTensor,
    heatMaps: outputs.heatMaps as FloatTensor,
  }
}

/** Throws MienError 'wrong-use' where every term is finite and their weighted sum is beyond float32. */
function refuseOverflow(metrics: Readonly<Record<string, number>>, weights: TermWeights): void {
  const { loss, ...terms } = metrics
  if (Number.isFinite(loss) || !Object.values(terms).every(Number.isFinite)) return
  const parts = Object.entries(terms).map(([name, term]) => {
    const weight = weights[name as keyof TermWeights] ?? 0
    return { name, term, weight, part: term * weight }
  })
  const [largest] = parts.sort((a, b) => b.part - a.part)
  if (largest === undefined) return
  const { name, term, weight } = largest
  throw new MienError(
    'wrong-use',
    `The loss is too large for the search: its term "${name}" is ${term.toPrecision(3)} and weighs ${weight}.`,
    { name, hint: 'Give that term a smaller weight.' },
  )
}

/** Builds and loads the graph of a step; the statistics may come while that is done. */
export async function openProjector(
  runtime: Runtime,
  networks: Networks,
  statistics: LatentStatistics | Promise<LatentStatistics>,
  space: ProjectionSettings['space'],
  options: SessionOptions & {
    readonly extra?: ExtraTerms
    readonly precision?: Precision
    readonly decays?: AdamDecays | undefined
  } = {},
): Promise<Projector> {
  // The closures below must hold neither the model nor the networks, which are as large as all weights.
  const { extra, precision, decays = usualDecays } = options
  const { provider } = runtime
  const { model, ...graph } = buildStepGraph(networks, space, extra, { precision, decays, provider })
  const session: Session = await runtime.load(model, options)
  const latentStatistics = await Promise.resolve(statistics).catch(async (error) => {
    await session.dispose()
    throw error
  })
  const noiseMaps = networks.generator.noise
  const run = (
    state: ProjectionState,
    targets: Targets,
    weighting: Weighting,
    rest: NamedTensors,
    outputs?: string[],
  ) =>
    session.run(
      {
        ...momentTensors('latent', state.latent),
        ...momentTensors('noise', state.noise),
        ...targetInputs(targets),
        ...weightInputs(weighting, targets),
        ...rest,
      },
      outputs,
    )
  return {
    latentStatistics,
    cost: graph.cost,
    decays,
    start(random, latent = latentStatistics.average) {
      const noise = drawNoise(noiseMaps, random)
      return {
        step: 0,
        latent: atRest(inSpace(latent, graph.latentShape)),
        noise: atRest(noise),
      }
    },
    async step(state, targets, settings, random, rates = ratesAt(state.step / settings.steps)) {
      const { learningRate, jitter } = rates
      const amplitude = jitter * latentStatistics.deviation
      const draws = random.normals(sizeOf(graph.latentShape)).map((draw) => draw * amplitude)
      const scalars = adamScalars(learningRate, state.step + 1, decays)
      const outputs = await run(state, targets, settings, {
        jitter: floatTensor(graph.latentShape, draws),
        learningRate: scalar(scalars.learningRate),
        correction1: scalar(scalars.correction1),
        correction2: scalar(scalars.correction2),
      })
      const next = {
        step: state.step + 1,
        ...(state.roughAt !== undefined && { roughAt: state.roughAt }),
        latent: momentOutputs('latent', outputs),
        noise: momentOutputs('noise', outputs),
      }
      const evaluation = evaluationOf(graph, outputs, settings)
      if (!allFinite(next.latent.parameter)) throw brokenOutput('NaN', 'latent')
      return { ...evaluation, next }
    },
    async evaluate(state, targets, weighting) {
      const still = {
        jitter: zeros(graph.latentShape),
        learningRate: scalar(0),
        correction1: scalar(1),
        correction2: scalar(1),
      }
      return evaluationOf(
        graph,
        await run(state, targets, weighting, still, ['image', 'heatMaps', ...graph.metrics]),
        weighting,
      )
    },
    dispose: () => session.dispose(),
  }
}

import { constantNoise, flatNoise, noiseByName } from '../../../engine/projection/noise.ts'
import { extraTerms } from '../../../engine/projection/objective.ts'
import { weightInputs } from '../../../engine/projection/projector.ts'
import type { Metrics } from '../../../engine/projection/settings.ts'
import { buildEvaluationGraph } from '../../../engine/projection/step-graph.ts'
import { targetInputs, targetsOf } from '../../../engine/projection/targets.ts'
import { termsOf } from '../../../engine/projection/terms.ts'
import { type FloatTensor, floatTensor, type Tensor } from '../../../engine/tensor.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadNetworks, tellRemarks } from '../networks.ts'
import { decodeTargets } from '../pictures.ts'
import { cutTargets } from '../targets.ts'

/** The objective of a given latent, and its gradients. */
export async function evaluate(
  parameters: Jobs['evaluate']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['evaluate']['outcome']> {
  const { latent, noise, weighting, execution } = parameters
  const pictures = await decodeTargets([parameters.look, parameters.landmarks], events)
  events.stage('models')
  const { networks, heatMapForm } = await loadNetworks(parameters.models, weighting.weights)
  const { generator } = networks
  tellRemarks(parameters.models.generator, generator, events)
  requireLatentShape(latent, generator)
  const flat = noise === undefined ? constantNoise(generator.noise) : flatNoise(generator.noise, noise)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  const cut = cutTargets(pictures, generator.resolution, heatMapForm)
  const { drawnMaps: _drawn, lookPoints: _look, ...images } = cut
  events.targets(images)
  const targets = await targetsOf(
    runtime,
    networks,
    { ...cut, deviation: heatMapForm.deviation },
    { landmarkMask: weighting.landmarkMask },
  )
  const space = latent.shape[1] === 1 ? 'w' : 'w+'
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const extra = await extraTerms(runtime, networks, weighting, options)
  const graph = buildEvaluationGraph(networks, space, parameters.gradients, extra)
  const session = await runtime.load(graph.model, options)
  try {
    const outputs = await session.run({
      latent,
      noise: flat,
      ...targetInputs(targets),
      ...weightInputs(weighting, targets),
    })
    if (!parameters.gradients) return { terms: metricsOf(outputs) }
    const maps = noiseByName(generator.noise, flatOf(outputs['gradient.noise']))
    const named = Object.entries(maps).map(([name, map]) => [`noise/${name}`, map] as const)
    const gradient = floatTensor(latent.shape, flatOf(outputs['gradient.latent']).data)
    return { terms: metricsOf(outputs), gradients: { latent: gradient, ...Object.fromEntries(named) } }
  } finally {
    await session.dispose()
  }
}

function metricsOf(outputs: Readonly<Record<string, Tensor>>): Metrics {
  const number = (name: string) => (outputs[name] === undefined ? undefined : Number(outputs[name].data[0]))
  return { ...termsOf(number), loss: number('loss')! }
}

function flatOf(tensor: Tensor | undefined): FloatTensor {
  return tensor as FloatTensor
}

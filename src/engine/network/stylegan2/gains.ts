import type { StoredNetwork } from '../../weights.ts'
import { asSettings, mappingLearningRate } from './reading.ts'

/** The modules of a generator that have a gain which follows from their shapes in every class of NVIDIA's. */
export const gained = {
  act_gain: /^synthesis\.b\d+\.conv[01]$/,
  weight_gain: /^(synthesis\.b\d+\.(torgb|(conv[01]|torgb)\.affine)|mapping\.fc\d+)$/,
} as const

/** What a gain of a module is where nobody changed it; undefined where its weight is not there. */
export function usualGain(
  network: StoredNetwork,
  module: string,
  name: keyof typeof gained,
): number | undefined {
  if (name === 'act_gain') return Math.SQRT2
  const [, inputs] = network.weights.get(`${module}.weight`)?.shape ?? []
  if (inputs === undefined) return undefined
  return (module.startsWith('mapping.') ? mappingLearningRate(network) : 1) / Math.sqrt(inputs)
}

/** A gain that is another than what Mien computes with, with the module that has it. */
export function oddGain(network: StoredNetwork): { module: string; name: string; gain: number } | undefined {
  for (const [module, attributes] of Object.entries(asSettings(network.init._modules))) {
    for (const name of ['act_gain', 'weight_gain'] as const) {
      const gain = asSettings(attributes)[name]
      const usual = gained[name].test(module) ? usualGain(network, module, name) : undefined
      if (typeof gain === 'number' && usual !== undefined && Math.abs(gain / usual - 1) > 1e-6)
        return { module, name, gain }
    }
  }
  return undefined
}

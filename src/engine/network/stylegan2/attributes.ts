import type { StoredNetwork } from '../../weights.ts'
import { gained, usualGain } from './gains.ts'
import { asSettings, moduleSetting, usualLearningRate } from './reading.ts'

/** Attributes that readers ask for: of which modules, and what the constructor's arguments say of the same. */
const asked: readonly {
  readonly name: string
  readonly modules: RegExp
  readonly said: (constructed: StoredNetwork, module: string) => unknown
}[] = [
  {
    name: 'conv_clamp',
    modules: /(^|\.)(conv\d?|torgb|fromrgb)$/,
    said: (network) => moduleSetting(network, '', 'conv_clamp', 'synthesis_kwargs'),
  },
  {
    name: 'bias_gain',
    modules: /^mapping\.fc0$/,
    said: (network) => moduleSetting(network, '', 'lr_multiplier', 'mapping_kwargs') ?? usualLearningRate,
  },
  ...(['act_gain', 'weight_gain'] as const).map((name) => ({
    name,
    modules: gained[name],
    said: (network: StoredNetwork, module: string) => usualGain(network, module, name),
  })),
  { name: 'use_noise', modules: /^synthesis\.b\d+\.conv[01]$/, said: () => true },
  { name: 'activation', modules: /^(synthesis\.b4\.conv1|mapping\.fc0)$/, said: () => 'lrelu' },
]

/**
 * The network with those attributes of its modules alone that say something else than its constructor's arguments, so that
 * one without surprises is kept as it always was, to the byte.
 */
export function withTellingAttributes(network: StoredNetwork): StoredNetwork {
  const { _modules: modules, ...init } = network.init
  if (modules === undefined) return network
  const constructed = { ...network, init }
  const telling = Object.entries(asSettings(modules)).flatMap(([module, attributes]) => {
    const kept = asked.flatMap(({ name, modules, said }) => {
      const value = asSettings(attributes)[name]
      return value !== undefined && modules.test(module) && value !== said(constructed, module)
        ? [[name, value]]
        : []
    })
    return kept.length === 0 ? [] : [[module, Object.fromEntries(kept)]]
  })
  if (telling.length === 0) return constructed
  return { ...network, init: { ...init, _modules: Object.fromEntries(telling) } }
}

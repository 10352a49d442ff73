import type { StoredNetwork, StoredTensor } from '../../weights.ts'
import { withTellingAttributes } from './attributes.ts'
import { fromRosinality, isRosinality, rosinalityMark } from './rosinality.ts'

/** Tensors that a network of StyleGAN2 has, from which the place of all others follows. */
const marks = ['synthesis.b4.conv1.weight', 'b4.out.weight', rosinalityMark]

/**
 * The networks of a checkpoint with those of StyleGAN2 as stylegan2-ada-pytorch has them: generators and discriminators that
 * lie in a larger dict under a prefix (`G_ema.`, `generator.`, `decoder.`) become networks of their own, named by it, and
 * rosinality's generators get NVIDIA's names. Of the modules' attributes those are left that tell something.
 */
export function inKnownForms(networks: readonly StoredNetwork[]): readonly StoredNetwork[] {
  const average = networks
    .map(({ weights }) => weights.get('latent_avg'))
    .find((found) => found !== undefined)
  return networks
    .flatMap(withoutPrefixes)
    .map((network) => (isRosinality(network.weights) ? fromRosinality(network, average) : network))
    .map(withTellingAttributes)
}

/** A network for every prefix that has one of StyleGAN2's, and one for all the rest. */
function withoutPrefixes(network: StoredNetwork): readonly StoredNetwork[] {
  const found = new Map<string, Map<string, StoredTensor>>()
  for (const name of network.weights.keys()) {
    const mark = marks.find((mark) => name.endsWith(`.${mark}`))
    if (mark !== undefined) found.set(name.slice(0, -mark.length), new Map())
  }
  if (found.size === 0) return [network]
  const rest = new Map<string, StoredTensor>()
  for (const [name, stored] of network.weights) {
    const prefix = prefixesOf(name).find((prefix) => found.has(prefix))
    if (prefix === undefined) rest.set(name, stored)
    else found.get(prefix)!.set(name.slice(prefix.length), stored)
  }
  const within = network.name === '' ? '' : `${network.name}.`
  const inner = [...found].map(([prefix, weights]) => ({
    ...network,
    name: within + prefix.slice(0, -1),
    weights,
  }))
  return rest.size === 0 ? inner : [{ ...network, weights: rest }, ...inner]
}

/** Every beginning of a name that ends in a dot, the longest first. */
function prefixesOf(name: string): readonly string[] {
  const ends = [...name].flatMap((character, i) => (character === '.' ? [i + 1] : []))
  return ends.reverse().map((end) => name.slice(0, end))
}

import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { buildEvaluationGraph, buildStepGraph } from '../../src/engine/projection/step-graph.ts'
import { fixtureDiscriminator, fixtureNetworks } from './networks.ts'

const [small, large] = [fixtureNetworks('tiny64'), fixtureNetworks('tiny512')]
const judged = { colour: true, mask: true, discriminator: fixtureDiscriminator('tiny64') }

/** A search goes on to the same bits in another version of Mien because its graph is the same to the byte. */
test.each([
  [
    'a step in W',
    () => buildStepGraph(small, 'w'),
    'a63c73a7678caf1a90f7bf35b2a4f1064a204cd7c1a1eaafeb22fe9b1b131843',
  ],
  [
    'a step in W+ with more terms',
    () => buildStepGraph(small, 'w+', judged),
    '07f310df49ff534ed6f701d1a77879ca796c2aa074e3a75a06a84655ba68e9ec',
  ],
  [
    'a step in halves',
    () => buildStepGraph(small, 'w', {}, 'float16'),
    '30b9f0731b55ee90091998fc1e06e071988d96ff69960436f492ab665c14158b',
  ],
  [
    'an evaluation with gradients',
    () => buildEvaluationGraph(large, 'w+', true),
    '3e1edad832bb84394a92c72e357115285cdf3f6f7a5c2bad5e549010a460685f',
  ],
])('the graph of %s stays the same to the byte', (_, build, sha256) => {
  const { graph, constants } = build().model
  const hash = createHash('sha256').update(graph)
  for (const bytes of constants.values()) hash.update(bytes)
  expect(hash.digest('hex')).toBe(sha256)
})

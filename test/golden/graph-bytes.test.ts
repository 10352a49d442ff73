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
    'b2b4e0b7247f12a335a99c7cfeb9f69c5a127cfe4160b7007a30ba29ce904e3f',
  ],
  [
    'a step in W+ with more terms',
    () => buildStepGraph(small, 'w+', judged),
    '8ffa0d89e51ccfa471c2f2b76daed88c25b40527c46b0a57762de0b98ced171c',
  ],
  [
    'a step in halves',
    () => buildStepGraph(small, 'w', {}, 'float16'),
    'bc0686546f2c7b66ad124060d57761ab83b9e76e6bec4ae4b913b8c3017c95bf',
  ],
  [
    'an evaluation with gradients',
    () => buildEvaluationGraph(large, 'w+', true),
    '219a0e384bd6238979e7abaffa56cec092fd717adfd8dbfd3b10d8a7b74ecaa6',
  ],
])('the graph of %s stays the same to the byte', (_, build, sha256) => {
  const { graph, constants } = build().model
  const hash = createHash('sha256').update(graph)
  for (const bytes of constants.values()) hash.update(bytes)
  expect(hash.digest('hex')).toBe(sha256)
})

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
    '44b3fb44c27d52cd647942b2238eb2ebc7f3c695e1bb831e84d4f83472e65755',
  ],
  [
    'a step in W+ with more terms',
    () => buildStepGraph(small, 'w+', judged),
    'f8a6807b3f8c9c4f0dff12de341e3976e9b3c4e6d299ee458cd6ac143695d845',
  ],
  [
    'a step in halves',
    () => buildStepGraph(small, 'w', {}, { precision: 'float16' }),
    '75083196620769c9297e6a3dd40d0d495bb116fcbb0c2a419e9aad49e4ccac6c',
  ],
  [
    'an evaluation with gradients',
    () => buildEvaluationGraph(large, 'w+', true),
    '15cb050b1ad704eff7f9e245cf4aee957af97d847e5462844defac2c4591ec89',
  ],
])('the graph of %s stays the same to the byte', (_, build, sha256) => {
  const { graph, constants } = build().model
  const hash = createHash('sha256').update(graph)
  for (const bytes of constants.values()) hash.update(bytes)
  expect(hash.digest('hex')).toBe(sha256)
})

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
    '8a8640c75d67bcbe06c6b2d153dfff21ee2128aafec49fda48ee95b2539e070f',
  ],
  [
    'a step in W+ with more terms',
    () => buildStepGraph(small, 'w+', judged),
    'aef52a1ff6bfe2d0f3ec10e971929ba7b445a890ef46192054e04fbf336f3ea9',
  ],
  [
    'a step in halves',
    () => buildStepGraph(small, 'w', {}, 'float16'),
    '7631b6e7ef8f036f3b5f5d8281785e7674f07bc16e947de262242f4670a702d9',
  ],
  [
    'an evaluation with gradients',
    () => buildEvaluationGraph(large, 'w+', true),
    '402f86418750efaa54a2d08fa6df875346b0f5ecda666eaf62f7f87ba29db5c2',
  ],
])('the graph of %s stays the same to the byte', (_, build, sha256) => {
  expect(createHash('sha256').update(build().model).digest('hex')).toBe(sha256)
})

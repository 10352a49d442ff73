import { expect, test } from 'vitest'
import { costOf } from '../../src/engine/graph/cost.ts'
import { readFan } from '../../src/engine/network/fan/fan.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { readVggLpips } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import { buildStepOutputs } from '../../src/engine/projection/step-graph.ts'
import { readCatalogue } from '../../src/node/downloads/catalogue.ts'
import { channelBase, randomFan, randomGenerator, randomVggLpips } from '../bench/random-networks.ts'
import { full } from '../full.ts'

const { sets } = await readCatalogue()

// A step of one size is like that of another, and takes ten seconds to build.
test.each(full ? sets : sets.filter(({ id }) => id === 'ffhq-256'))(
  'the cost of a step that the catalogue gives for $id is that of its networks',
  ({ id, needs }) => {
    const resolution = Number(id.split('-')[1])
    const networks = {
      generator: readGenerator(randomGenerator(resolution, channelBase(resolution))),
      landmarks: readFan(randomFan(256, 4)),
      perceptual: readVggLpips([randomVggLpips()]),
    }
    const { outputs } = buildStepOutputs(networks, 'w')
    expect(costOf(Object.values(outputs))).toEqual(needs?.step)
  },
)

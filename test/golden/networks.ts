import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readFan } from '../../src/engine/network/fan/fan.ts'
import { readDiscriminator } from '../../src/engine/network/stylegan2/discriminator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { readVggLpips } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import type { Networks } from '../../src/engine/projection/objective.ts'
import { type Targets, targetsOf } from '../../src/engine/projection/targets.ts'
import type { Image, Runtime } from '../../src/engine/runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { fixtureNetwork, fixtureWeights } from './stored.ts'

/** The folders of fixtures. */
export const sizes = ['tiny64', 'tiny512'] as const
export type Size = (typeof sizes)[number]

/** The networks that a folder's values were computed with. */
export function fixtureNetworks(size: Size): Networks {
  return {
    generator: readGenerator(fixtureNetwork(`${size}/generator.pkl`, 'G_ema')),
    landmarks: readFan(fixtureWeights(`${size}/fan.pth`)),
    perceptual: readVggLpips([fixtureWeights(`${size}/vgg16.pth`), fixtureWeights(`${size}/lpips.pth`)]),
  }
}

export function fixtureDiscriminator(size: Size) {
  return readDiscriminator(fixtureNetwork(`${size}/generator.pkl`, 'D'))
}

/** A picture of the fixtures. */
export function fixturePicture(name: string): Promise<Image> {
  const bytes = readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)))
  return sharpCodec.decode(bytes, name)
}

/** The targets that look.png and landmarks.png of a folder give. */
export async function fixtureTargets(runtime: Runtime, size: Size, networks: Networks): Promise<Targets> {
  const look = await fixturePicture(`${size}/look.png`)
  return targetsOf(runtime, networks, { look, landmarks: await fixturePicture(`${size}/landmarks.png`) })
}

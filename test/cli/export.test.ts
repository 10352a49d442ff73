import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { inKnownForms } from '../../src/engine/network/stylegan2/forms.ts'
import { withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { storedFloats } from '../../src/engine/weights.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { fixtureArray, fixtureNetwork } from '../golden/stored.ts'
import { filesIn, jsonOf, mien, temporaryFolder, tiny64 } from './mien.ts'
import { expectRefusal } from './refusal.ts'

const pickle = join(tiny64, 'generator.pkl')

/** A generator as a tuning of tiny64's leaves it, and a latent. */
function tuned() {
  const folder = temporaryFolder()
  // As a tuning opens it.
  const original = inKnownForms([fixtureNetwork('tiny64/generator.pkl', 'G_ema')])[0]!
  const weights = [...original.weights].flatMap(([name, stored]) => {
    if (!name.endsWith('.weight') || !name.startsWith('synthesis.')) return []
    const { shape, data } = stored.float32()
    return [
      [
        name,
        storedFloats(
          floatTensor(
            shape,
            data.map((value, i) => value + Math.cos(i) / 30),
          ),
        ),
      ] as const,
    ]
  })
  const network = withTunedWeights(original, new Map(weights), sha256(readFileSync(pickle)))
  const tensors = new Map([...network.weights].map(([name, stored]) => [name, stored.read()]))
  const init = Object.entries(network.init).map(([key, value]) => [key, JSON.stringify(value)])
  const file = join(folder, 'generator_tuned.safetensors')
  writeFileSync(file, writeSafetensors(tensors, Object.fromEntries(init)))
  return { folder, file, tensors }
}

/** The file of one of the fixture's latents. */
function latentIn(folder: string): string {
  const { shape, data } = fixtureArray('tiny64/weight_gradients.npz', 'latent')
  const wDim = shape.at(-1)!
  const file = join(folder, 'w.npz')
  writeFileSync(file, writeNpz({ w: floatTensor([1, 1, wDim], data.slice(0, wDim)) }))
  return file
}

const networkOf = (file: string) => {
  const { format, networks } = openCheckpoint(memorySource(readFileSync(file), file))
  return { format, weights: networks[0]!.weights }
}

describe('export', () => {
  test('writes a state dict with all that the generator has', async () => {
    const { folder, file, tensors } = tuned()
    const out = join(folder, 'generator_tuned.pt')
    const told = jsonOf(await mien(['export', '--model', file, '--out', out, '--json']))
    expect(told).toEqual({ out, format: 'pt', bytes: readFileSync(out).length })
    const { format, weights } = networkOf(out)
    expect(format).toBe('torch-zip')
    expect(new Map([...weights].map(([name, stored]) => [name, stored.read()]))).toEqual(tensors)
  })

  test('writes a difference, which draws the same with its original installed', async () => {
    const { folder, file } = tuned()
    const latent = latentIn(folder)
    const env = { MIEN_HOME: temporaryFolder() }
    const out = join(folder, 'generator_difference.npz')
    expectRefusal(
      await mien(['export', '--model', file, '--out', out], { env }),
      3,
      'generator_tuned.safetensors was tuned from is not installed',
    )
    await mien(['import', pickle], { env })
    const whole = jsonOf<{ bytes: number }>(
      await mien(['export', '--model', file, '--out', join(folder, 'whole.safetensors'), '--json'], { env }),
    )
    const written = jsonOf<{ bytes: number }>(
      await mien(['export', '--model', file, '--out', out, '--json'], { env }),
    )
    expect(written.bytes).toBeLessThan(whole.bytes / 2)
    expect(readFileSync(join(folder, 'whole.safetensors'))).toEqual(readFileSync(file))

    const drawn = async (model: string) => {
      const picture = join(folder, `${model.length}.png`)
      const { code } = await mien(['render', '--model', model, '--latent', latent, '--out', picture], { env })
      expect(code).toBe(0)
      return sharp(picture).removeAlpha().raw().toBuffer()
    }
    const wanted = await drawn(file)
    const farthest = (pixels: Buffer) => Math.max(...pixels.map((level, i) => Math.abs(level - wanted[i]!)))
    expect(farthest(await drawn(pickle))).toBeGreaterThan(10)
    const ofDifference = await drawn(out)
    expect(farthest(ofDifference)).toBeLessThanOrEqual(1)
    const { id } = jsonOf<{ id: string }>(await mien(['import', out, '--json'], { env }))
    expect(id).toBe('generator-difference')
    expect(await drawn(id)).toEqual(ofDifference)
  })

  test('a difference is refused where its original is not', async () => {
    const { folder, file } = tuned()
    const env = { MIEN_HOME: temporaryFolder() }
    await mien(['import', pickle], { env })
    const out = join(folder, 'generator_difference.npz')
    await mien(['export', '--model', file, '--out', out], { env })
    const hash = sha256(readFileSync(pickle))
    const elsewhere = { MIEN_HOME: temporaryFolder() }
    for (const command of [
      ['import', out],
      ['render', '--model', out, '--latent', latentIn(folder), '--out', out],
    ]) {
      expectRefusal(
        await mien(command, { env: elsewhere }),
        3,
        `The generator that generator_difference.npz was tuned from is not installed: SHA-256 ${hash}.`,
      )
    }
    expect(filesIn(elsewhere.MIEN_HOME)).toEqual([])
  })

  test('is refused for what was not tuned, and for a name without a form', async () => {
    const folder = temporaryFolder()
    const difference = join(folder, 'difference.npz')
    expectRefusal(
      await mien(['export', '--model', pickle, '--out', difference]),
      2,
      'generator.pkl does not say which generator it was tuned from.',
    )
    expectRefusal(
      await mien(['export', '--out', join(folder, 'generator.bin')]),
      2,
      'does not say in which form the generator is wanted',
    )
    expectRefusal(
      await mien(['export', '--model', join(tiny64, 'fan.pth'), '--out', difference]),
      3,
      'does not hold a generator',
    )
    expect(filesIn(folder)).toEqual([])
  })
})

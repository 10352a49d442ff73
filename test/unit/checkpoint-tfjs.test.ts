import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { readTfjsWeights } from '../../src/engine/checkpoint/tfjs-weights.ts'
import { MienError } from '../../src/engine/errors.ts'
import type { Weights } from '../../src/engine/weights.ts'
import { mutate, randomSource } from '../hostile/mutator.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const text = (manifest: Json | string) =>
  new TextEncoder().encode(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))

function read(manifest: Json | string, ...shards: readonly Uint8Array[]): Weights {
  const names = shards.map((_, i) => `shard${i}.bin`)
  return readTfjsWeights(memorySource(text(manifest), 'manifest.json'), (path) => {
    const shard = shards[names.indexOf(path)]
    if (shard === undefined) throw new MienError('unreadable-file', `There is no ${path}.`)
    return memorySource(shard, path)
  }).weights
}

const floats = new Uint8Array(Float32Array.of(1.5, -2, 3, 0.25).buffer)
const plain = { name: 'a/b', shape: [2, 2], dtype: 'float32' }
const quantised = {
  name: 'q',
  shape: [3],
  dtype: 'float32',
  quantization: { dtype: 'uint8', scale: 0.5, min: -1 },
}
const group = (weights: Json, paths: Json = ['shard0.bin']) => [{ paths, weights }]

describe('weights of TensorFlow.js', () => {
  test('plain tensors keep their numbers and shapes', () => {
    const tensor = read(group([plain]), floats).get('a/b')!
    expect(tensor).toMatchObject({ dtype: 'float32', shape: [2, 2] })
    expect([...tensor.float32().data]).toEqual([1.5, -2, 3, 0.25])
  })

  test('quantised ones become numbers again', () => {
    const weights = read(group([quantised]), Uint8Array.of(0, 1, 255))
    expect([...weights.get('q')!.float32().data]).toEqual([-1, -0.5, 126.5])
    const wide = { ...quantised, shape: [2], quantization: { dtype: 'uint16', scale: 2, min: 1 } }
    const words = new Uint8Array(Uint16Array.of(0, 65535).buffer)
    expect([
      ...read(group([wide]), words)
        .get('q')!
        .float32().data,
    ]).toEqual([1, 131071])
    const whole = { ...quantised, dtype: 'int32', quantization: { dtype: 'uint8', scale: 0.4, min: 3 } }
    expect([
      ...read(group([whole]), Uint8Array.of(0, 1, 2))
        .get('q')!
        .read().data,
    ]).toEqual([3, 3, 4])
  })

  test('a scalar, several shards and several groups', () => {
    const scalar = { ...quantised, name: 's', shape: [] }
    const split = group([plain, scalar], ['shard0.bin', 'shard1.bin', 'shard2.bin'])
    const rest = new Uint8Array([...floats.slice(7), 5])
    const weights = read([...split, { paths: [], weights: [] }], floats.slice(0, 3), floats.slice(3, 7), rest)
    expect([...weights.get('a/b')!.float32().data]).toEqual([1.5, -2, 3, 0.25])
    expect([...weights.get('s')!.float32().data]).toEqual([1.5])
  })

  test.each<[string, Json | string, RegExp, string?]>([
    ['no JSON', '[{', /damaged/],
    ['no list', { paths: [], weights: [] }, /damaged/],
    ['deep nesting', `${'['.repeat(100_000)}`, /damaged/],
    ['no paths', [{ weights: [] }], /damaged/],
    ['a path that is no text', group([plain], [1]), /damaged/],
    ['a path outside', group([plain], ['../shard0.bin']), /outside its folder/],
    ['an absolute path', group([plain], ['/shard0.bin']), /outside its folder/],
    ['a hidden file', group([plain], ['.shard']), /outside its folder/],
    ['no name', group([{ shape: [2, 2], dtype: 'float32' }]), /damaged/],
    ['a negative extent', group([{ ...plain, shape: [-2, 2] }]), /damaged/],
    ['too much', group([{ ...plain, shape: [5] }]), /more than its shards/],
    ['far too much', group([{ ...plain, shape: [2 ** 40, 2 ** 40] }]), /more than its shards/],
    ['too little', group([{ ...plain, shape: [3] }]), /less than its shards/],
    [
      'a tensor twice',
      group([
        { ...plain, shape: [2] },
        { ...plain, shape: [2] },
      ]),
      /twice/,
    ],
    ['a long name', group([{ ...plain, name: 'x'.repeat(5000) }]), /too long/],
    ['a text tensor', group([{ ...plain, dtype: 'string' }]), /type "string"/, 'unsupported-model'],
    [
      'another quantisation',
      group([{ ...plain, quantization: { dtype: 'float16' } }]),
      /"float16"/,
      'unsupported-model',
    ],
    ['no scale', group([{ ...quantised, shape: [16], quantization: { dtype: 'uint8', min: 0 } }]), /damaged/],
    ['a manifest of many bytes', ' '.repeat(3 * 2 ** 20), /too long/],
  ])('%s is refused', (_, manifest, message, code = 'bad-file') => {
    expect(() => read(manifest, floats)).toThrow(
      expect.objectContaining({ name: 'MienError', code, message: expect.stringMatching(message) }),
    )
  })

  test('2000 mutations of the manifest give typed errors only', () => {
    const whole = text(group([plain, quantised]))
    const shard = new Uint8Array([...floats, 1, 2, 3])
    const random = randomSource(20_261_125)
    let refused = 0
    for (let round = 0; round < 2000; round++) {
      try {
        const weights = readTfjsWeights(memorySource(mutate(whole, random), 'manifest.json'), () =>
          memorySource(shard, 'shard0.bin'),
        ).weights
        for (const tensor of weights.values()) tensor.float32()
      } catch (error) {
        if (!(error instanceof MienError)) throw error
        refused++
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

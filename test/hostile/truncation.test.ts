import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { writeNpy } from '../../src/engine/checkpoint/npy.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { outcomeOf } from './reading.ts'

const file = (name: string) => new Uint8Array(readFileSync(`test/fixtures/torch/${name}`))
const arrays = { w: floatTensor([2, 3], [1, 2, 3, 4, 5, 6]), b: floatTensor([2], [0, 1]) }
const npy = writeNpy(arrays.w)
const npz = writeNpz(arrays)
const safetensors = writeSafetensors(arrays, { made: 'by hand' })

describe('every prefix of a file is refused by a typed error, or reads as the whole', () => {
  const files: Record<string, Uint8Array> = {
    'torch archive': file('protocol-2.pth'),
    'torch archive of protocol 4': file('protocol-4.pth'),
    'torch archive of views': file('zip-int8-views.pth'),
    'legacy stream': file('protocol-2-legacy.pth'),
    'legacy stream of views': file('legacy-int8-views.pth'),
    'plain pickle of protocol 0': file('protocol-0.pkl'),
    'plain pickle of protocol 4': file('protocol-4.pkl'),
    'NVIDIA pickle': file('persistent.pkl'),
    npz,
    npy,
    safetensors,
  }
  test.for(Object.entries(files))('%s', ([, bytes]) => {
    const whole = outcomeOf(bytes)
    expect(whole).toHaveProperty('content')
    for (let length = 0; length < bytes.length; length++) {
      const outcome = outcomeOf(bytes.subarray(0, length))
      if ('content' in outcome) expect(outcome, `of ${length} bytes`).toEqual(whole)
    }
  })
})

describe('every changed byte gives a typed error, or what the whole file gives', () => {
  const checked: Record<string, Uint8Array> = {
    'torch archive': file('protocol-2.pth'),
    'torch archive of protocol 4': file('protocol-4.pth'),
    npz,
  }
  test.for(Object.entries(checked))('%s, all of it under checksums', ([, bytes]) => {
    const whole = outcomeOf(bytes)
    for (const [at, outcome] of flipped(bytes)) {
      if ('content' in outcome) expect(outcome, `byte ${at}`).toEqual(whole)
    }
  })

  // These formats have no checksum: a changed byte of the data can't be told from another number.
  const unchecked: Record<string, readonly [bytes: Uint8Array, data: number]> = {
    safetensors: [safetensors, 8 + Number(new DataView(safetensors.buffer).getBigUint64(0, true))],
    npy: [npy, 128],
  }
  test.for(Object.entries(unchecked))('%s, outside its data', ([name, [bytes, data]]) => {
    const whole = outcomeOf(bytes)
    for (const [at, outcome] of flipped(bytes)) {
      if (at >= data) expect(outcome, `byte ${at}`).toHaveProperty('content')
      // A letter of a tensor's name or type is such a number too: the shape of the file stays sound.
      else if ('content' in outcome && name === 'npy') expect(outcome, `byte ${at}`).toEqual(whole)
    }
  })
})

/** The outcome for every byte with all bits turned, and with the lowest bit turned. */
function* flipped(
  bytes: Uint8Array,
): Generator<readonly [at: number, outcome: ReturnType<typeof outcomeOf>]> {
  for (let at = 0; at < bytes.length; at++) {
    for (const bits of [0xff, 1]) {
      const copy = bytes.slice()
      copy[at] = copy[at]! ^ bits
      yield [at, outcomeOf(copy)]
    }
  }
}

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { type Checkpoint, openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import type { Tensor } from '../../src/engine/tensor.ts'
import { openFileSource } from '../../src/node/host/file-source.ts'

/** What PyTorch reads from each file: written by make_torch_records.py. */
interface TensorRecord {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly sha256: string
}
interface FileRecord {
  readonly format: string
  readonly networks: Readonly<Record<string, Readonly<Record<string, TensorRecord>>>>
}

const fixtures = 'test/fixtures'
const records: Record<string, FileRecord> = JSON.parse(readFileSync(`${fixtures}/torch-records.json`, 'utf8'))

function hashOf({ data }: Tensor): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
}

/** The checkpoint in the form of the records. */
function recordOf({ format, networks }: Checkpoint): FileRecord {
  const named = networks.map(({ name, weights }) => {
    const tensors = [...weights].map(([key, stored]) => {
      const tensor = stored.read()
      return [key, { dtype: tensor.dtype, shape: [...tensor.shape], sha256: hashOf(tensor) }]
    })
    return [name, Object.fromEntries(tensors)]
  })
  return { format, networks: Object.fromEntries(named) }
}

function withFile<T>(path: string, use: (checkpoint: Checkpoint) => T): T {
  const source = openFileSource(path)
  try {
    return use(openCheckpoint(source))
  } finally {
    source.close()
  }
}

describe('tensors are equal to the bit to what PyTorch reads', () => {
  test('there are at least 60 synthetic files', () => {
    expect(Object.keys(records).filter((path) => path.startsWith('torch/')).length).toBeGreaterThanOrEqual(60)
  })

  test.for(Object.entries(records))('%s', ([path, record]) => {
    expect(withFile(`${fixtures}/${path}`, recordOf)).toEqual(record)
  })

  test.for(Object.keys(records))('%s lists its tensors in the order of the file', (path) => {
    // The order of state_dict() is the order of the file, also for TorchScript.
    const expected = Object.values(records[path]!.networks).map((tensors) => Object.keys(tensors))
    const found = withFile(`${fixtures}/${path}`, ({ networks }) =>
      networks.map(({ weights }) => [...weights.keys()]),
    )
    if (path.endsWith('.pt'))
      expect(found.map((names) => names.toSorted())).toEqual(expected.map((n) => n.toSorted()))
    else expect(found).toEqual(expected)
  })
})

describe('the same network in several forms', () => {
  test('fan.pth, fan-legacy.pth.tar and fan-torchscript.zip hold equal tensors', () => {
    const [zip, legacy, script] = ['fan.pth', 'fan-legacy.pth.tar', 'fan-torchscript.zip'].map(
      (file) => withFile(`${fixtures}/tiny64/${file}`, recordOf).networks[''],
    )
    expect(Object.keys(zip!).length).toBe(599)
    expect(legacy).toEqual(zip)
    expect(script).toEqual(zip)
  })

  test('the traced VGG16 with LPIPS has 13 convolutions and 5 linear layers in the order of the separate files', () => {
    const traced = withFile(`${fixtures}/tiny64/vgg16-lpips.pt`, recordOf).networks['']!
    const vgg = withFile(`${fixtures}/tiny64/vgg16.pth`, recordOf).networks['']!
    const lpips = withFile(`${fixtures}/tiny64/lpips.pth`, recordOf).networks['']!
    const convolutions = (network: object) =>
      Object.values(network as Record<string, TensorRecord>)
        .filter(({ shape }) => shape.length === 4 && shape[2] === 3)
        .map(({ sha256 }) => sha256)
    expect(convolutions(traced)).toEqual(convolutions(vgg))
    expect(convolutions(traced)).toHaveLength(13)
    const linear = Object.entries(traced).filter(([name]) => /^lin\d$/.test(name))
    expect(linear.map(([, { sha256 }]) => sha256)).toEqual(Object.values(lpips).map(({ sha256 }) => sha256))
  })
})

describe('NVIDIA pickles', () => {
  test.for(['tiny64', 'tiny512'])(
    '%s: networks, constructor arguments as plain data without prototype',
    (folder) => {
      withFile(`${fixtures}/${folder}/generator.pkl`, ({ networks }) => {
        expect(networks.map(({ name }) => name)).toEqual(['G', 'D', 'G_ema'])
        const { init, weights } = networks[2]!
        expect(Object.getPrototypeOf(init)).toBeNull()
        const resolution = folder === 'tiny64' ? 64 : 512
        expect(init).toMatchObject({ img_resolution: resolution, img_channels: 3, c_dim: 0 })
        expect(init.synthesis_kwargs).toMatchObject({ conv_clamp: 256 })
        for (const name of ['synthesis.b4.const', 'mapping.fc0.weight', 'mapping.w_avg']) {
          expect([...weights.keys()]).toContain(name)
        }
      })
    },
  )
})

describe('NumPy files', () => {
  test('texts are left out, numbers read', () => {
    withFile(`${fixtures}/tiny64/trajectory.npz`, ({ format, networks }) => {
      expect(format).toBe('npz')
      const { weights } = networks[0]!
      expect(weights.has('columns')).toBe(false)
      expect(weights.get('losses')?.shape[0]).toBe(40)
    })
  })

  test('a rewritten npz holds equal arrays', () => {
    withFile(`${fixtures}/tiny64/objective.npz`, (checkpoint) => {
      const arrays = new Map(
        [...checkpoint.networks[0]!.weights].map(([name, stored]) => [name, stored.read()]),
      )
      const again = openCheckpoint(memorySource(writeNpz(arrays), 'again.npz'))
      expect(recordOf(again)).toEqual(recordOf(checkpoint))
    })
  })
})

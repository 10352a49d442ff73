import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { Model, NamedTensors, Precision, Provider, Runtime, Session } from '../../src/engine/runtime.ts'
import { type FloatTensor, type Tensor, times } from '../../src/engine/tensor.ts'
import { type JobEvents, jobEventNames } from '../../src/node/engine/protocol.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { jobControl } from '../../src/node/worker/job-control.ts'
import { projectJob } from '../../src/node/worker/jobs/project.ts'
import { bits, parametersOf, tiny64, tinyOrder } from '../crash/tiny-run.ts'
import { full } from '../full.ts'

const real = onnxRuntime('cpu')

/** Whether a model was rewritten in half precision, by the names that the rewrite gives. */
function isHalf({ graph }: Model): boolean {
  return Buffer.from(graph).includes(':float16')
}

/** The processor dressed as another device, on which what a graph in halves gives is changed. */
function device(
  provider: Provider,
  change: (outputs: Record<string, Tensor>) => Record<string, Tensor>,
): Runtime & { readonly open: () => number; readonly most: () => number } {
  let open = 0
  let most = 0
  return {
    provider,
    open: () => open,
    most: () => most,
    async load(model, options) {
      const session = await real.load(model, options)
      const wrong = isHalf(model)
      // The step's graph alone takes the moments.
      if (!session.inputNames.includes('latent.first')) return session
      open++
      most = Math.max(most, open)
      return {
        ...session,
        async run(inputs: NamedTensors, names) {
          const outputs = await session.run(inputs, names)
          return wrong ? change(outputs) : outputs
        },
        async dispose() {
          open--
          await session.dispose()
        },
      } satisfies Session
    },
  }
}

/** A run of a few steps, and what its user is told. */
async function run(runtime: Runtime, precision?: Precision) {
  const notices: string[] = []
  const stages: string[] = []
  const ignored = Object.fromEntries(jobEventNames.map((name) => [name, () => undefined]))
  const events = {
    ...(ignored as unknown as Required<JobEvents>),
    stage: (stage: string) => stages.push(stage),
    notice: (sentence: string) => notices.push(sentence),
  }
  const { files, ...order } = tinyOrder('', { steps: 4 })
  const landmarks = [{ path: join(tiny64, 'fan.pth') }]
  const parameters = parametersOf({ ...order, files: { ...files, landmarks } }, [], [])
  const execution = { provider: 'auto', threads: 1, ...(precision && { precision }) } as const
  const control = jobControl(events)
  const outcome = await projectJob({ ...parameters, execution }, events, control, async () => runtime)
  return { outcome, notices, stages }
}

const same = (outputs: Record<string, Tensor>) => outputs

describe('a run that is to compute in float16', () => {
  let plain: Awaited<ReturnType<typeof run>>['outcome']
  beforeAll(async () => {
    plain = (await run(device('webgpu', same))).outcome
  })

  test('does so where its first step comes out as in float32', async () => {
    const runtime = device('webgpu', same)
    const { outcome, notices, stages } = await run(runtime, 'float16')
    expect(outcome.precision).toBe('float16')
    expect(notices).toEqual([])
    expect(stages).toContain('precision')
    expect([runtime.open(), runtime.most()]).toEqual([0, 1])
    expect(plain.precision).toBe('float32')
    expect(bits(outcome)).not.toEqual(bits(plain))
    expect(Math.abs(outcome.terms.perceptual / plain.terms.perceptual - 1)).toBeLessThan(0.02)
  })

  const scaled = (name: string, factor: number) => (outputs: Record<string, Tensor>) =>
    name in outputs ? { ...outputs, [name]: times(outputs[name] as FloatTensor, factor) } : outputs

  const wrong: readonly (readonly [what: string, change: typeof same, reason: RegExp])[] = [
    ['gives another term', scaled('landmark', 1.02), /"landmark" differs by 2\.0 %/],
    ['gives a term that is not finite', scaled('perceptual', Number.NaN), /NaN for the term "perceptual"/],
    [
      'gives a gradient that points elsewhere',
      scaled('next.latent.first', -1),
      /gradient differs by 20\d\.\d %/,
    ],
    ['gives none', scaled('next.latent.first', 0), /gradient differs by 100\.0 %/],
    [
      'has no halves',
      () => {
        throw new MienError('device', 'The shader requires f16.')
      },
      /: The shader requires f16\.$/,
    ],
  ]
  test.each(full ? wrong : wrong.slice(2, 3))(
    'goes on in float32, to the same bits, and says why, on a device that %s',
    async (_, change, reason) => {
      const runtime = device('webgpu', change)
      const { outcome, notices } = await run(runtime, 'float16')
      expect(notices).toEqual([expect.stringMatching(reason)])
      expect(notices[0]).toMatch(/^Computing in float32, as float16 does not do on webgpu: /)
      expect(outcome.precision).toBe('float32')
      expect([runtime.open(), runtime.most()]).toEqual([0, 1])
      expect(bits(outcome)).toEqual(bits(plain))
    },
  )

  test('computes in float32 on the processor, and says so', async () => {
    const { outcome, notices, stages } = await run(device('cpu', same), 'float16')
    expect(outcome.precision).toBe('float32')
    expect(notices).toEqual([expect.stringMatching(/processor/)])
    expect(stages).not.toContain('precision')
  })

  test('fails where what goes wrong is no fault of the device', async () => {
    const defect = () => {
      throw new TypeError('x is undefined')
    }
    await expect(run(device('webgpu', defect), 'float16')).rejects.toThrow(TypeError)
  })
})

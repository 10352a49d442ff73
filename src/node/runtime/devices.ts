import { MienError } from '../../engine/errors.ts'
import { type Provider, providers, type Runtime } from '../../engine/runtime.ts'
import { relativeGap, type Tensor } from '../../engine/tensor.ts'
import type { ProviderChoice } from '../../shared/settings.ts'
import { builtInBackends, onnxRuntime } from './onnx-runtime.ts'
import { loadGraph, probeGraph } from './probe-graphs.ts'

/** What the other providers' float32 may differ from the processor's by. */
const probeTolerance = 1e-3

/** The providers that the installed onnxruntime was built with, best first; whether they work is another matter. */
export function presentProviders(): readonly Provider[] {
  const names = new Set(builtInBackends().map(({ name }) => name))
  return providers.filter((provider) => provider === 'cpu' || names.has(provider))
}

/**
 * Runs a small graph on the provider and compares the result with the processor's. Throws MienError 'device' with the
 * reason.
 */
export async function probeProvider(provider: Provider): Promise<void> {
  if (!presentProviders().includes(provider)) {
    throw new MienError('device', `The provider ${provider} is not part of this installation.`, {
      hint: `Choose one of ${presentProviders().join(', ')}.`,
    })
  }
  const exact = await probed('cpu')
  const gap = largestGap(provider === 'cpu' ? exact : await probed(provider), exact)
  if (!(gap < probeTolerance)) {
    throw new MienError('device', `The provider ${provider} computes wrongly, by ${gap.toPrecision(2)}.`, {
      hint: 'Choose another device; the processor always works.',
    })
  }
}

async function probed(provider: Provider): Promise<Record<string, Tensor>> {
  const { model, inputs } = probeGraph()
  const session = await onnxRuntime(provider).load(model, { threads: 1 })
  try {
    return await session.run(inputs)
  } finally {
    await session.dispose()
  }
}

/** The largest gap of any output; NaN counts as different. */
function largestGap(found: Record<string, Tensor>, exact: Record<string, Tensor>): number {
  const numbers = (tensor: Tensor | undefined) => (tensor?.data ?? []) as Float32Array
  return Math.max(...Object.entries(exact).map(([name, x]) => relativeGap(numbers(found[name]), numbers(x))))
}

/** How much faster than the processor a device must be to be chosen: a measurement on a busy machine is a rough one. */
const margin = 1.5

/**
 * Whether the provider is clearly faster than the processor: drivers that compute WebGPU on the processor are many times
 * slower, and some systems install one.
 */
export async function isWorthwhile(provider: Provider): Promise<boolean> {
  if (provider === 'cpu') return true
  return margin * (await durationOfLoad(provider)) < (await durationOfLoad('cpu'))
}

/** Milliseconds of a large convolution, after a first in which the provider prepares itself. */
async function durationOfLoad(provider: Provider): Promise<number> {
  const { model, inputs } = loadGraph()
  const session = await onnxRuntime(provider).load(model)
  try {
    await session.run(inputs)
    const begin = performance.now()
    await session.run(inputs)
    return performance.now() - begin
  } finally {
    await session.dispose()
  }
}

/** The runtime of that provider, or of the best one that works and is worthwhile. Throws MienError 'device'. */
export async function chooseRuntime(choice: ProviderChoice): Promise<Runtime> {
  if (choice !== 'auto') {
    await probeProvider(choice)
    return onnxRuntime(choice)
  }
  for (const provider of presentProviders()) {
    const chosen = await probeProvider(provider).then(
      () => isWorthwhile(provider),
      () => false,
    )
    if (chosen) return onnxRuntime(provider)
  }
  throw new MienError('device', 'Not even the processor runs a small graph; the installation is damaged.', {
    hint: 'Install Mien again.',
  })
}

import { MienError } from '../../engine/errors.ts'
import { createBuilder } from '../../engine/graph/builder.ts'
import { serialise } from '../../engine/graph/onnx.ts'
import { type Provider, providers, type Runtime } from '../../engine/runtime.ts'
import { floatTensor } from '../../engine/tensor.ts'
import type { ProviderChoice } from '../../shared/settings.ts'
import { builtInBackends, onnxRuntime } from './onnx-runtime.ts'

/** The providers that the installed onnxruntime was built with, best first; whether they work is another matter. */
export function presentProviders(): readonly Provider[] {
  const names = new Set(builtInBackends().map(({ name }) => name))
  return providers.filter((provider) => provider === 'cpu' || names.has(provider))
}

/**
 * Runs a tiny graph on the provider and compares the result, which is exact in every float type.
 * Throws MienError 'device' with the reason.
 */
export async function probeProvider(provider: Provider): Promise<void> {
  if (!presentProviders().includes(provider)) {
    throw new MienError('device', `The provider ${provider} is not part of this installation.`, {
      hint: `Choose one of ${presentProviders().join(', ')}.`,
    })
  }
  const b = createBuilder()
  const x = b.input('x', [2, 3])
  const weight = b.constant(floatTensor([3, 2], [1, -2, 3, 4, -5, 6]), 'weight')
  const model = serialise({ y: b.add(b.relu(b.matMul(x, weight)), 0.5) })
  const session = await onnxRuntime(provider).load(model, { threads: 1 })
  try {
    const { y } = await session.run({ x: floatTensor([2, 3], [1, 2, 3, -4, 5, -6]) })
    if (y?.data.join() !== '0.5,24.5,41.5,0.5') {
      throw new MienError('device', `The provider ${provider} computes wrongly: ${y?.data.join(', ')}.`)
    }
  } finally {
    await session.dispose()
  }
}

/** The runtime of that provider, or of the best one that passes its probe. Throws MienError 'device'. */
export async function chooseRuntime(choice: ProviderChoice): Promise<Runtime> {
  if (choice !== 'auto') {
    await probeProvider(choice)
    return onnxRuntime(choice)
  }
  for (const provider of presentProviders()) {
    const works = await probeProvider(provider).then(
      () => true,
      () => false,
    )
    if (works) return onnxRuntime(provider)
  }
  throw new MienError('device', 'Not even the processor runs a small graph; the installation is damaged.', {
    hint: 'Install Mien again.',
  })
}

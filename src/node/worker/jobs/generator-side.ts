import type { Jobs } from '../../engine/protocol.ts'
import { loadGenerator } from '../networks.ts'

/** How large a generator draws. */
export async function generatorSide({
  generator: files,
}: Jobs['generator-side']['parameters']): Promise<Jobs['generator-side']['outcome']> {
  const { generator } = await loadGenerator(files)
  return { side: generator.resolution }
}

import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Provider } from '../../engine/runtime.ts'
import type { SearchExecution } from '../engine/execution.ts'
import type { ModelFile, ModelFiles } from '../models/files.ts'
import { withModelFiles } from './model-files.ts'

/**
 * The models with the hashes that their files have now, so that whatever opens them later opens these or none. Throws MienError as
 * `withModelFiles`.
 */
export async function identified(models: ModelFiles): Promise<ModelFiles> {
  const parts: [string, readonly ModelFile[]][] = []
  for (const [part, files] of Object.entries(models) as [string, readonly ModelFile[]][]) {
    const hashed = await withModelFiles(files, (opened) =>
      opened.map(({ sha256 }, i) => ({ ...files[i]!, sha256 })),
    )
    parts.push([part, hashed])
  }
  return Object.fromEntries(parts) as ModelFiles
}

/**
 * What decides what a search opens: the same text, the same graphs. It has the hashes of the models, and all of the settings but what
 * is an input of a graph or concerns the host alone.
 *
 * @param models as `identified` gives them
 */
export function kindOfSearch(
  models: ModelFiles,
  settings: ProjectionSettings,
  execution: Omit<SearchExecution, 'provider'>,
  provider: Provider,
): string {
  const { steps: _steps, seed: _seed, groupWeights: _groups, weights, landmarkMask, ...shaping } = settings
  const networks = Object.entries(models).map(([part, files]: [string, readonly ModelFile[]]) => [
    part,
    files.map(({ sha256, init, class: label }) => [sha256, init, label]),
  ])
  const terms = Object.keys(weights).sort()
  return JSON.stringify([networks, shaping, terms, landmarkMask !== undefined, execution, provider])
}

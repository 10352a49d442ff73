import { MienError } from '../../engine/errors.ts'
import type { ModelFile } from './files.ts'
import { installedModels, partOf } from './store.ts'

/**
 * The generator with that SHA-256, or that was imported from a file with it. Throws MienError 'unreadable-file' where none of
 * the installed models is or has it.
 *
 * @param of the name of the file that needs it
 */
export async function originalGenerator(hash: string, of: string, library?: string): Promise<ModelFile> {
  const installed = await installedModels(library)
  const model = installed.find(({ record: { files, source } }) =>
    [files.generator?.sha256, source?.sha256].includes(hash),
  )
  const [file] = partOf(model, 'generator') ?? []
  if (file !== undefined) return file
  throw new MienError(
    'unreadable-file',
    `The generator that ${of} was tuned from is not installed: SHA-256 ${hash}.`,
    { name: hash, hint: 'Import that generator first.' },
  )
}

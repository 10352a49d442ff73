import { join } from 'node:path'
import { example } from '../../shared/project.ts'
import { exists, readWholeFile } from '../host/files.ts'
import { programFolder } from '../host/folders.ts'
import type { ProjectStore } from '../projects/project-store.ts'

const largestExample = 2 * 2 ** 20

/** The finished project that comes with Mien; `npm run example` makes it. */
export function exampleFile(): string {
  return join(programFolder(), 'models', 'examples', 'example.mienz')
}

/**
 * Puts the example into a library that was never there before, and gives its id; null where there is a library, be it
 * empty, or no example. A library without its example is no failure, so this never rejects.
 */
export async function addExample(
  projects: Pick<ProjectStore, 'unpack'>,
  projectsFolder: string,
  file = exampleFile(),
): Promise<string | null> {
  try {
    if (await exists(projectsFolder)) return null
    const bytes = await readWholeFile(file, largestExample)
    return (await projects.unpack('example.mienz', bytes, example.id)).id
  } catch {
    return null
  }
}

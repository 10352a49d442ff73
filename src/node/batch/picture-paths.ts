import { isAbsolute, join, relative, resolve } from 'node:path'
import { glob, isDynamicPattern } from 'tinyglobby'
import { MienError } from '../../engine/errors.ts'
import { isFolder, requireFile, statusOf } from '../host/files.ts'

/** By their names: also kinds that are refused, with advice then, rather than left out. */
const pictureNames = /\.(jpe?g|png|webp|gif|tiff?|avif|heic|bmp)$/i

const { compare } = new Intl.Collator('en', { numeric: true })

/**
 * The pictures that a folder, a glob or a path of a file stands for, in the order in which people number them: 2 before 10. Of a
 * folder those that lie in it; of a glob those that are pictures by their names.
 *
 * @param without a folder whose files do not count: what a batch wrote is not its input
 * @throws MienError 'unreadable-file' where there is none
 */
export async function picturePaths(given: string, without: string): Promise<readonly string[]> {
  if (await isFolder(given)) {
    const found = await picturesLike('*', given)
    return required(
      found.map((name) => join(given, name)),
      `The folder ${given} holds no picture.`,
    )
  }
  if ((await statusOf(given)) === undefined && isDynamicPattern(given)) {
    const found = await picturesLike(process.platform === 'win32' ? given.replaceAll('\\', '/') : given)
    return required(
      found.filter((path) => !isInside(without, path)),
      `No picture is named like ${given}.`,
    )
  }
  await requireFile(given)
  return [given]
}

async function picturesLike(pattern: string, cwd = '.'): Promise<readonly string[]> {
  const found = await glob(pattern, { cwd, expandDirectories: false, absolute: isAbsolute(pattern) })
  return found.filter((path) => pictureNames.test(path)).sort((a, b) => compare(a, b) || (a < b ? -1 : 1))
}

function isInside(folder: string, path: string): boolean {
  const way = relative(resolve(folder), resolve(path))
  return !way.startsWith('..') && !isAbsolute(way)
}

function required(paths: readonly string[], message: string): readonly string[] {
  if (paths.length > 0) return paths
  throw new MienError('unreadable-file', message, {
    hint: 'Name a folder of pictures, a pattern such as "faces/*.jpg", or a file.',
  })
}

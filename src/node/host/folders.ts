import { homedir, userInfo } from 'node:os'
import { join, posix, resolve, win32 } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MienError } from '../../engine/errors.ts'
import { readTextIfAny } from './files.ts'

/**
 * Where Mien keeps what belongs to the user: projects and imported models. MIEN_HOME overrides the place that
 * the operating system has for such things. Of the other variables a path that is not absolute does not count, as the XDG Base
 * Directory Specification has it: the library would be another one in every folder that Mien is started in. Throws MienError
 * 'wrong-use' where there is no such place.
 */
export function dataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  folders: HomeFolders = { said: homedir, ofAccount: () => userInfo().homedir },
): string {
  const chosen = environment.MIEN_HOME
  if (chosen) return resolve(chosen)
  const { isAbsolute, join } = platform === 'win32' ? win32 : posix
  const given = platform === 'win32' ? environment.LOCALAPPDATA : environment.XDG_DATA_HOME
  const own = platform === 'win32' ? 'Mien' : 'mien'
  if (platform !== 'darwin' && given !== undefined && isAbsolute(given)) return join(given, own)
  const home = [folders.said, folders.ofAccount].map(pathOf).find(isAbsolute)
  if (home === undefined) {
    throw new MienError('wrong-use', 'There is no home folder in which projects and models could be kept.', {
      hint: 'Set MIEN_HOME to a folder for them.',
    })
  }
  if (platform === 'win32') return join(home, 'AppData', 'Local', own)
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Mien')
  return join(home, '.local', 'share', own)
}

/** The user's home as the system knows it. */
export interface HomeFolders {
  /** As the environment says; whatever it says. */
  readonly said: () => string
  /** As the account has it. */
  readonly ofAccount: () => string
}

/** '' where the system has no answer, as for a user that has a number and no account. */
function pathOf(folder: () => string): string {
  try {
    return folder()
  } catch {
    return ''
  }
}

/** The models that the user imported, a folder each. */
export function libraryFolder(): string {
  return join(dataFolder(), 'models')
}

/** The projects, a folder `Name.mien` each. */
export function projectsFolder(): string {
  return join(dataFolder(), 'projects')
}

/** Removed projects, on the same disk as the others. */
export function binFolder(): string {
  return join(dataFolder(), 'bin')
}

/** The root of the installed program: package.json and models/ lie there, beside dist/ or src/. */
export function programFolder(): string {
  return fileURLToPath(new URL('../../../', import.meta.url))
}

/** The version in package.json. */
export async function programVersion(): Promise<string> {
  const text = await readTextIfAny(join(programFolder(), 'package.json'))
  return text === undefined ? 'unknown' : String((JSON.parse(text) as { version: string }).version)
}

/** The pack of models that comes with the program. */
export function packFolder(): string {
  return join(programFolder(), 'models', 'pack')
}

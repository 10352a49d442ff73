import { homedir, userInfo } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readTextIfAny } from './files.ts'

/**
 * Where Mien keeps what belongs to the user: projects and imported models. MIEN_HOME overrides the place that
 * the operating system has for such things. What the environment leaves empty, or gives as a path that depends on the
 * current folder, is passed over: nothing is written where a command happens to be called.
 */
export function dataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = environment.MIEN_HOME
  if (chosen) return resolve(chosen)
  const home = whole(homedir()) ?? userInfo().homedir
  if (platform === 'win32')
    return join(whole(environment.LOCALAPPDATA) ?? join(home, 'AppData', 'Local'), 'Mien')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Mien')
  return join(whole(environment.XDG_DATA_HOME) ?? join(home, '.local', 'share'), 'mien')
}

const whole = (path: string | undefined) => (path && isAbsolute(path) ? path : undefined)

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
  return fileURLToPath(new URL('../../', import.meta.url))
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

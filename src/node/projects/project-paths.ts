import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { id as idSchema, sha256 as sha256Schema } from '../../shared/fields.ts'
import { entriesIn, statusOf } from '../host/files.ts'

/** How the names of project folders end. */
export const projectExtension = '.mien'

/** What lies in the folder of a project. */
export const projectFiles = {
  manifest: 'project.json',
  previous: 'project.previous.json',
  /** A manifest that could not be read, kept aside by the next change. */
  damaged: 'project.damaged.json',
  lock: 'project.lock',
  thumbnail: 'thumbnail.webp',
  inputs: 'inputs',
  runs: 'runs',
  drivers: 'drivers',
} as const

/** Beside the files of a driver: its clip, as it was given. */
export const keptClip = 'clip'

/** Names that Windows takes for devices, whatever follows a point. */
const reserved = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$/i

/** Beyond them, long paths to the files of runs would be refused by some systems. */
const longestName = { characters: 80, bytes: 160 }

/** The name of a folder for a project of that title. */
export function folderNameOf(title: string): string {
  return `${plainName(title, 'Project')}${projectExtension}`
}

/**
 * A title as the name of a file or folder, without an extension: one that every system takes, with no part of a path in
 * it; `otherwise` where nothing is left.
 */
export function plainName(title: string, otherwise: string): string {
  const plain = title
    .normalize('NFC')
    // Also what turns the direction of writing, so that a name is what it looks like.
    .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
  const short = trimmed(shortened(trimmed(plain)))
  const base = short === '' ? otherwise : short
  const [stem = '', ...rest] = base.split('.')
  return reserved.test(stem.trim()) ? [`${stem.trim()}_`, ...rest].join('.') : base
}

/** Windows drops points and blanks at an end; a point in front hides a folder elsewhere. */
function trimmed(name: string): string {
  return name.replace(/^[\s.]+|[\s.]+$/g, '')
}

function shortened(name: string): string {
  const encoder = new TextEncoder()
  let short = ''
  let bytes = 0
  for (const character of name) {
    bytes += encoder.encode(character).length
    if (short.length + character.length > longestName.characters || bytes > longestName.bytes) break
    short += character
  }
  return short
}

/**
 * A name that none of those taken equals on a disk that knows no case: with " 2" behind it if need be, or the number
 * after that of a copy.
 */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const key = (name: string) => name.normalize('NFC').toLowerCase()
  const used = new Set([...taken].map(key))
  if (!used.has(key(wanted))) return wanted
  const extension = wanted.endsWith(projectExtension) ? projectExtension : ''
  const whole = wanted.slice(0, wanted.length - extension.length)
  const original = whole.replace(/ \d{1,4}$/, '')
  const base = used.has(key(`${original}${extension}`)) ? original : whole
  for (let n = 2; ; n++) {
    const name = `${base} ${n}${extension}`
    if (!used.has(key(name))) return name
  }
}

/** Throws MienError 'wrong-use' for what is not an id. */
export function requireId(value: string, what: string): string {
  if (v.is(idSchema, value) && !reserved.test(value)) return value
  throw new MienError('wrong-use', `${JSON.stringify(value)} is not the id of a ${what}.`)
}

/** The path of the file that is kept under a hash. Throws MienError 'wrong-use', and 'bad-file' for a link. */
export async function inputPath(folder: string, hash: string): Promise<string> {
  if (!v.is(sha256Schema, hash)) throw new MienError('wrong-use', `${JSON.stringify(hash)} is no SHA-256.`)
  return insidePath(folder, projectFiles.inputs, hash)
}

/**
 * The folder of a run, there or not. Whoever has it reads, writes, and removes below it, so that nothing in it may be a link
 * either. Throws MienError 'wrong-use', and 'bad-file' for a link, there or anywhere below.
 */
export async function runPath(folder: string, run: string): Promise<string> {
  const path = await insidePath(folder, projectFiles.runs, requireId(run, 'run'))
  await requireNoLinks(path)
  return path
}

/** The folder of a driver, there or not; as `runPath`. */
export async function driverPath(folder: string, driver: string): Promise<string> {
  const path = await insidePath(folder, projectFiles.drivers, requireId(driver, 'driver'))
  await requireNoLinks(path)
  return path
}

async function requireNoLinks(folder: string): Promise<void> {
  for (const { name, kind } of await entriesIn(folder)) {
    const path = join(folder, name)
    if (kind === 'other') throw isLink(path)
    if (kind === 'folder') await requireNoLinks(path)
  }
}

/** A path in the folder of a project, no step of which is a link out of it. Throws MienError 'bad-file'. */
export async function insidePath(folder: string, ...names: readonly string[]): Promise<string> {
  let path = folder
  for (const name of names) {
    path = join(path, name)
    if ((await statusOf(path))?.kind === 'other') throw isLink(path)
  }
  return path
}

function isLink(path: string): MienError {
  return new MienError('bad-file', `${path} is a link or a device; Mien follows none in a project.`, {
    file: path,
    hint: 'Put the file or folder itself in its place.',
  })
}

/**
 * The name of an entry of a packed project as the parts of a path that is safe on every system; undefined for any
 * other.
 */
export function entryParts(name: string): readonly string[] | undefined {
  const parts = name.split('/')
  const safe =
    parts.length <= 8 &&
    name.length <= 400 &&
    parts.every(
      (part) =>
        part !== '' &&
        part === part.normalize('NFC') &&
        part === trimmed(part) &&
        !/[\p{Cc}\p{Cs}<>:"\\|?*]/u.test(part) &&
        !reserved.test(trimmed(part.split('.')[0]!)) &&
        new TextEncoder().encode(part).length <= 200,
    )
  return safe ? parts : undefined
}

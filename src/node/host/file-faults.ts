import { MienError } from '../../engine/errors.ts'

/** The code of a failed call to the operating system, such as ENOENT; '' for other errors. */
export function codeOf(cause: unknown): string {
  return String((cause as NodeJS.ErrnoException | undefined)?.code ?? '')
}

/** A number of bytes for people. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`
}

/** Why a file could not be read, in a sentence, with advice; a MienError stays what it is. */
export function unreadable(path: string, cause: unknown): MienError {
  if (cause instanceof MienError) return cause
  const reasons: Record<string, readonly [string, string]> = {
    ENOENT: ['does not exist', 'Check the path.'],
    ENOTDIR: ['does not exist', 'Check the path.'],
    EISDIR: ['is a folder, not a file', 'Name a file in it.'],
    EACCES: ['may not be read', 'Change its permissions, or copy it to a folder of your own.'],
    EPERM: ['may not be read', 'Change its permissions, or copy it to a folder of your own.'],
  }
  const [what, hint] = reasons[codeOf(cause)] ?? [
    `cannot be read (${codeOf(cause) || String(cause)})`,
    'Check the disk it lies on.',
  ]
  return new MienError('unreadable-file', `${path} ${what}.`, { file: path, hint, cause })
}

/** What helps against a full disk. */
export const freeSpace = 'Free some space, or choose a folder on another disk.'
const chooseFolder = 'Choose a folder in which you may write.'

/** Why a file or folder could not be written, in a sentence, with advice; a MienError stays what it is. */
export function unwritable(path: string, cause: unknown): MienError {
  if (cause instanceof MienError) return cause
  const reasons: Record<string, readonly [string, string]> = {
    ENOSPC: ['the disk is full', freeSpace],
    EDQUOT: ['your share of the disk is used up', freeSpace],
    EACCES: ['you may not write there', chooseFolder],
    EPERM: ['you may not write there', chooseFolder],
    EROFS: ['the disk is read-only', chooseFolder],
    ENOTDIR: ['a part of the path is a file, not a folder', 'Choose another folder.'],
    EEXIST: ['a file of that name is in the way', 'Choose another folder.'],
    EISDIR: ['a folder of that name is in the way', 'Choose another name.'],
    ENOENT: ['the folder does not exist', 'Make it first, or choose another.'],
    ENAMETOOLONG: ['the name is too long', 'Choose a shorter one.'],
  }
  const [what, hint] = reasons[codeOf(cause)] ?? [codeOf(cause) || String(cause), chooseFolder]
  return new MienError('unwritable', `${path} cannot be written: ${what}.`, { file: path, hint, cause })
}

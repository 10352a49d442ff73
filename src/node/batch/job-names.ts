import { parse } from 'node:path'
import { sha256 } from '../host/sha256.ts'
import { plainName } from '../projects/project-paths.ts'
import { isBatchFile } from './batch-files.ts'

/** What a job's folder is named after. */
export interface NamedJob {
  /** As the user wants it; by the two pictures if absent. */
  readonly name?: string
  /** The paths of its pictures, as they were given. */
  readonly look: string
  readonly landmarks: string
  /** All that sets it apart from other jobs of that name. */
  readonly given: string
}

/**
 * Names of folders, one a job, that every system takes and no two of which are equal on a disk that knows no case. Jobs that would
 * share one get a piece of the hash of what was given for each: so a job keeps its name when others come, go or move.
 */
export function jobNames(jobs: readonly NamedJob[]): readonly string[] {
  const wanted = jobs.map(wantedName)
  const sharing = new Map<string, number>()
  for (const key of wanted.map(keyOf)) sharing.set(key, (sharing.get(key) ?? 0) + 1)
  return wanted.map((name, i) =>
    sharing.get(keyOf(name)) === 1 ? name : `${name}-${sha256(jobs[i]!.given).slice(0, 10)}`,
  )
}

function wantedName({ name, look, landmarks }: NamedJob): string {
  const plain = plainName(name ?? `${parse(look).name}+${parse(landmarks).name}`, 'job')
  // What a table of the results, a shell or a program would take for something else.
  const harmless = plain.replace(/^[-=+@\s.]+/, '') || 'job'
  return isBatchFile(harmless) ? `${harmless}_` : harmless
}

const keyOf = (name: string) => name.normalize('NFC').toLowerCase()

import { join } from 'node:path'
import { parseChange, parseRecordedChange, type RecordedChange } from '../../../engine/projection/changes.ts'
import type { Steer } from '../../engine/protocol.ts'
import { type LineFile, openLineFile, readTextIfAny } from '../../host/files.ts'
import { asRecord, asText, parseJson } from '../../host/json-fields.ts'

/** In the folder of a run's recovery: what was made, and what was asked for, each a line. */
const files = { made: 'changes.ndjson', asked: 'asked.ndjson' } as const

/** A change that was asked for; its picture is kept beside. */
export type Ask = Omit<Steer, 'picture'>

/** What becomes of the changes that are asked of a live run. Its methods reject with MienError 'unwritable'. */
export interface ChangeLog {
  /** In the order in which they were written. */
  readonly made: readonly RecordedChange[]
  /** Neither made nor refused yet, the oldest first. */
  readonly unanswered: readonly Ask[]
  ask(ask: Ask): Promise<void>
  /** @param asks the ids of what it answers; none for a change that nobody waits for */
  make(change: RecordedChange, asks: readonly string[]): Promise<void>
  refuse(ask: string): Promise<void>
  close(): Promise<void>
}

interface Made {
  readonly change: RecordedChange
  readonly asks: readonly string[]
}

/** @param sure changes that were made in any case, whatever the log says: those of the newest snapshot */
export async function openChangeLog(folder: string, sure: readonly RecordedChange[]): Promise<ChangeLog> {
  const logged = await readMade(folder)
  // When the power goes, the end of the log may go with it, and of what was asked nobody knows what was made.
  const isCut = sure.length > logged.length
  let made: readonly Made[] = isCut ? sure.map((change) => ({ change, asks: [] })) : logged
  let unanswered = isCut ? [] : await readUnanswered(folder, logged)
  let madeFile: LineFile | undefined
  let askedFile: LineFile | undefined
  const asked = async () => {
    askedFile ??= await openLineFile(join(folder, files.asked), unanswered.map(askedLine))
    return askedFile
  }
  return {
    get made() {
      return made.map(({ change }) => change)
    },
    get unanswered() {
      return unanswered
    },
    async ask(ask) {
      await (await asked()).append(askedLine(ask))
      unanswered = [...unanswered, ask]
    },
    async make({ step, change }, asks) {
      madeFile ??= await openLineFile(join(folder, files.made), made.map(madeLine))
      const next: Made = { change: { step, change }, asks }
      await madeFile.append(madeLine(next))
      made = [...made, next]
      unanswered = unanswered.filter(({ ask }) => !asks.includes(ask))
    },
    async refuse(ask) {
      await (await asked()).append(JSON.stringify({ refused: ask }))
      unanswered = unanswered.filter((other) => other.ask !== ask)
    },
    async close() {
      await madeFile?.close()
      await askedFile?.close()
      madeFile = undefined
      askedFile = undefined
    },
  }
}

/** What a log says; also while it is written. */
export async function readChangeLog(folder: string): Promise<Pick<ChangeLog, 'made' | 'unanswered'>> {
  const made = await readMade(folder)
  return { made: made.map(({ change }) => change), unanswered: await readUnanswered(folder, made) }
}

/** A line that was cut by a kill ends it. Those that an older Mien wrote, and those that nobody asked for, have no ids. */
async function readMade(folder: string): Promise<readonly Made[]> {
  const made: Made[] = []
  for (const line of await linesOf(folder, files.made)) {
    const change = parseRecordedChange(line)
    if (change === undefined) break
    const { asks } = asRecord(line) ?? {}
    made.push({ change, asks: Array.isArray(asks) ? asks.map(String) : [] })
  }
  return made
}

async function readUnanswered(folder: string, made: readonly Made[]): Promise<readonly Ask[]> {
  const open = new Map<string, Ask>()
  for (const line of await linesOf(folder, files.asked)) {
    const { ask, change, refused } = asRecord(line) ?? {}
    const [id, parsed] = [asText(ask), parseChange(change)]
    if (id !== undefined && parsed !== undefined) open.set(id, { ask: id, change: parsed })
    else open.delete(String(refused))
  }
  for (const { asks } of made) for (const ask of asks) open.delete(ask)
  return [...open.values()]
}

async function linesOf(folder: string, name: string): Promise<readonly unknown[]> {
  return ((await readTextIfAny(join(folder, name))) ?? '').split('\n').map(parseJson)
}

function askedLine({ ask, change }: Ask): string {
  return JSON.stringify({ ask, change })
}

function madeLine({ change: { step, change }, asks }: Made): string {
  return JSON.stringify({ step, change, ...(asks.length > 0 && { asks }) })
}

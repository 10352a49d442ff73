import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import type { Emit } from '../../shared/events.ts'
import { id } from '../../shared/fields.ts'
import { readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'
import { serial } from '../host/serial.ts'
import type { RunKey } from './store.ts'

/** Runs of all projects that wait, are paused or under way, in the order in which they come. */
export interface RunQueue {
  readonly members: readonly RunKey[]
  has(key: RunKey): boolean
  add(keys: readonly RunKey[], where: 'first' | 'last'): Promise<void>
  remove(keys: readonly RunKey[]): Promise<void>
  /**
   * Moves a run to that place among those that `moves` names; the others stay where they are. Throws MienError
   * 'wrong-use' for a run that is not among them.
   */
  move(run: string, to: number, moves: (key: RunKey) => boolean): Promise<void>
}

const queueFile = v.strictObject({
  version: v.literal(1),
  runs: v.array(v.strictObject({ project: id, run: id })),
})

/**
 * The queue that a file keeps; an empty one where it is missing or damaged. Its changes reject with MienError
 * 'unwritable'. Without a path it is forgotten with the program.
 */
export async function openQueue(path: string | null, emit: Emit): Promise<RunQueue> {
  const text = path === null ? undefined : await readTextIfAny(path)
  const parsed = v.safeParse(queueFile, parseJson(text ?? ''))
  let members: readonly RunKey[] = parsed.success ? parsed.output.runs : []
  const inTurn = serial()

  function replace(next: readonly RunKey[]): Promise<void> {
    members = next
    emit('queue', { runs: members.map(({ run }) => run) })
    return inTurn(async () => {
      if (path !== null) await writeFileAtomic(path, `${JSON.stringify({ version: 1, runs: members })}\n`)
    })
  }

  const without = (keys: readonly RunKey[]) =>
    members.filter((member) => !keys.some((removed) => isSame(removed, member)))

  return {
    get members() {
      return members
    },
    has: (key) => members.some((member) => isSame(member, key)),
    add(keys, where) {
      const others = without(keys)
      return replace(where === 'last' ? [...others, ...keys] : [...keys, ...others])
    },
    async remove(keys) {
      const left = without(keys)
      if (left.length < members.length) await replace(left)
    },
    move: (run, to, moves) => replace(moved(members, run, to, moves)),
  }
}

/** A project that was copied has runs of the same ids as the original. */
export function isSame(a: RunKey, b: RunKey): boolean {
  return a.run === b.run && a.project === b.project
}

function moved(
  members: readonly RunKey[],
  run: string,
  to: number,
  moves: (key: RunKey) => boolean,
): readonly RunKey[] {
  const key = members.find((member) => member.run === run && moves(member))
  if (key === undefined) {
    throw new MienError('wrong-use', 'The run is no longer waiting.', { name: run })
  }
  const waiting = members.filter((member) => moves(member) && member !== key)
  const order = waiting.toSpliced(to, 0, key)
  return members.map((member) => (moves(member) ? order.shift()! : member))
}

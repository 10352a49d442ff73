/** States before and after the present one, for undo and redo. */
export interface History<State> {
  readonly past: readonly State[]
  readonly present: State
  readonly future: readonly State[]
  /** What the last change was of, and when: further ones of the same soon after belong to it. */
  readonly last: { readonly of: string; readonly at: number } | null
}

/** States that are kept. */
const longest = 200
/** Milliseconds within which changes of the same thing are one step. */
const together = 800

export function historyOf<State>(present: State): History<State> {
  return { past: [], present, future: [], last: null }
}

/** Goes on to a new state. `of` names what was changed, so that a slider that is dragged makes one step; null never joins. */
export function changed<State>(
  history: History<State>,
  present: State,
  of: string | null,
  now: number,
): History<State> {
  const joins = of !== null && history.last?.of === of && now - history.last.at < together
  const past = joins ? history.past : [...history.past, history.present].slice(-longest)
  return { past, present, future: [], last: of === null ? null : { of, at: now } }
}

/** The same history with something else in each of its states, the present one too. */
export function throughout<State>(
  { past, present, future, last }: History<State>,
  edit: (state: State) => State,
): History<State> {
  return { past: past.map(edit), present: edit(present), future: future.map(edit), last }
}

export function undone<State>({ past, present, future }: History<State>): History<State> {
  const before = past.at(-1)
  if (before === undefined) return { past, present, future, last: null }
  return { past: past.slice(0, -1), present: before, future: [present, ...future], last: null }
}

export function redone<State>({ past, present, future }: History<State>): History<State> {
  const [after, ...rest] = future
  if (after === undefined) return { past, present, future, last: null }
  return { past: [...past, present], present: after, future: rest, last: null }
}

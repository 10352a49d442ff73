/** What is chosen in a list of ids, where a range begins, and where the keys are. */
export interface Selection {
  readonly chosen: ReadonlySet<string>
  readonly anchor: string | null
  readonly focus: string | null
}

export const nothing: Selection = { chosen: new Set(), anchor: null, focus: null }

export const only = (id: string): Selection => ({ chosen: new Set([id]), anchor: id, focus: id })

export const all = (order: readonly string[], { anchor, focus }: Selection): Selection => ({
  chosen: new Set(order),
  anchor,
  focus,
})

/** After a press on one: alone, added or taken out (`toggle`), or up to it from the anchor (`range`). */
export function pressedOn(
  selection: Selection,
  order: readonly string[],
  id: string,
  { range = false, toggle = false } = {},
): Selection {
  if (range) return ranged(selection, order, id)
  if (!toggle) return only(id)
  const chosen = new Set(selection.chosen)
  if (!chosen.delete(id)) chosen.add(id)
  return { chosen, anchor: id, focus: id }
}

function ranged({ anchor }: Selection, order: readonly string[], id: string): Selection {
  const from = anchor === null ? -1 : order.indexOf(anchor)
  const to = order.indexOf(id)
  if (from < 0) return only(id)
  const chosen = new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1))
  return { chosen, anchor, focus: id }
}

/** After an arrow key, Home, End, PageUp or PageDown in a grid of `columns`, of which `rows` are in sight. */
export function moved(
  selection: Selection,
  order: readonly string[],
  key: string,
  { columns, rows, extend }: { readonly columns: number; readonly rows: number; readonly extend: boolean },
): Selection {
  if (order.length === 0) return nothing
  const at = selection.focus === null ? -1 : order.indexOf(selection.focus)
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * rows,
    PageDown: columns * rows,
    Home: -order.length,
    End: order.length,
  }
  const step = steps[key] ?? 0
  const start = key === 'End' ? order.length - 1 : 0
  const next = at < 0 ? start : landing(at, step, order.length, columns)
  return pressedOn(selection, order, order[next]!, { range: extend })
}

/** Up from the first row and down from the last stay where they are. */
function landing(at: number, step: number, length: number, columns: number): number {
  const next = Math.min(length - 1, Math.max(0, at + step))
  const leavesRow = Math.abs(step) === columns && columns > 1
  if (!leavesRow || (at + step >= 0 && at + step < length)) return next
  const lastRow = Math.floor((length - 1) / columns)
  return step > 0 && Math.floor(at / columns) < lastRow ? length - 1 : at
}

/** Without those that are not in the list any more. */
export function pruned({ chosen, anchor, focus }: Selection, order: readonly string[]): Selection {
  const there = new Set(order)
  const kept = (id: string | null) => (id !== null && there.has(id) ? id : null)
  return {
    chosen: new Set([...chosen].filter((id) => there.has(id))),
    anchor: kept(anchor),
    focus: kept(focus),
  }
}

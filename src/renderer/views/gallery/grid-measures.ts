/** Pixels between tiles, as in the style sheet. */
const gap = 16
/** A tile is at least so wide, in pixels. */
const narrowest = 184
/** Below the picture: the name, the line of quiet text, and the space to the next row. */
const below = 72

/** How many tiles fit beside each other in a grid so wide. */
export function columnsIn(width: number): number {
  const wider = width > 1800 ? narrowest * 1.3 : narrowest
  return Math.max(1, Math.floor((width + gap) / (wider + gap)))
}

/** The height of a row with the space below it. */
export function tileHeight(width: number): number {
  const columns = columnsIn(width)
  return Math.max(0, (width - gap * (columns - 1)) / columns) + below
}

/** So many rows from that one on, as far as there are any, moved up where the end comes before. */
export function rowsFrom(first: number, rows: number, count: number): number[] {
  const start = Math.max(0, Math.min(first, count - rows))
  return Array.from({ length: Math.min(rows, count) }, (_, i) => start + i)
}

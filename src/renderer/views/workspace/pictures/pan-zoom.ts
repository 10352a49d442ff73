/** What all panes show in step: `scale` times as large, its top left corner at (x, y); fractions of the square. */
export interface PanZoom {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export const wholeSquare: PanZoom = { scale: 1, x: 0, y: 0 }

const mostScale = 16

/** Larger by `factor` around a place of the pane, which keeps what it shows; fractions of the pane. */
export function zoomedAt(view: PanZoom, factor: number, atX: number, atY: number): PanZoom {
  const scale = Math.min(mostScale, Math.max(1, view.scale * factor))
  return held({
    scale,
    x: view.x + atX / view.scale - atX / scale,
    y: view.y + atY / view.scale - atY / scale,
  })
}

/** Dragged by so much; fractions of the pane. */
export function panned(view: PanZoom, byX: number, byY: number): PanZoom {
  return held({ ...view, x: view.x - byX / view.scale, y: view.y - byY / view.scale })
}

/** A part of the square; fractions of it, which may lie beyond its edges. */
export interface Part {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The part with some room around it, as large as it gets. */
export function zoomedTo({ left, top, right, bottom }: Part): PanZoom {
  const scale = Math.min(mostScale, Math.max(1, 0.75 / Math.max(right - left, bottom - top)))
  return held({ scale, x: (left + right - 1 / scale) / 2, y: (top + bottom - 1 / scale) / 2 })
}

/** Moved by as little as shows the whole part, and no larger than has room for it. */
export function showing(view: PanZoom, { left, top, right, bottom }: Part): PanZoom {
  const scale = Math.max(1, Math.min(view.scale, 1 / (right - left), 1 / (bottom - top)))
  const x = Math.min(left, Math.max(right - 1 / scale, view.x))
  const y = Math.min(top, Math.max(bottom - 1 / scale, view.y))
  return held({ scale, x, y })
}

/** Whether anything of the part is to be seen. */
export function isInView({ scale, x, y }: PanZoom, { left, top, right, bottom }: Part): boolean {
  return left < x + 1 / scale && right > x && top < y + 1 / scale && bottom > y
}

/** Never beyond the square's edges. */
function held({ scale, x, y }: PanZoom): PanZoom {
  const most = 1 - 1 / scale
  return { scale, x: Math.min(most, Math.max(0, x)), y: Math.min(most, Math.max(0, y)) }
}

/** As a CSS transform of the pane's whole square, its origin being the top left corner. */
export function transformOf({ scale, x, y }: PanZoom): string {
  return `scale(${scale}) translate(${-x * 100}%, ${-y * 100}%)`
}

/** Where in the square a place of the pane lies; fractions of both. */
export function placeInSquare({ scale, x, y }: PanZoom, atX: number, atY: number): readonly [number, number] {
  return [x + atX / scale, y + atY / scale]
}

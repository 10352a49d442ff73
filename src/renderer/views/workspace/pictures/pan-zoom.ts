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

import type { Point } from '../../../../engine/face/quad.ts'
import type { Picture } from '../../../../shared/project.ts'
import type { PanZoom, Part } from '../pictures/pan-zoom.ts'

type Size = Pick<Picture, 'width' | 'height'>

/** Room around the picture in pixels, which a square may leave. */
const marginOf = ({ width, height }: Size) => 0.12 * Math.max(width, height)

/** The `viewBox` of a drawing in pixels of the picture, that shows what the zoom asks for of it and the room around. */
export function viewBoxOf(picture: Size, { scale, x, y }: PanZoom): string {
  const margin = marginOf(picture)
  const [w, h] = [picture.width + 2 * margin, picture.height + 2 * margin]
  return `${x * w - margin - 0.5} ${y * h - margin - 0.5} ${w / scale} ${h / scale}`
}

/** The part of that view which holds places of the picture. */
export function partAround(picture: Size, places: readonly Point[]): Part {
  const margin = marginOf(picture)
  const across = places.map(([x]) => (x + margin + 0.5) / (picture.width + 2 * margin))
  const down = places.map(([, y]) => (y + margin + 0.5) / (picture.height + 2 * margin))
  return {
    left: Math.min(...across),
    top: Math.min(...down),
    right: Math.max(...across),
    bottom: Math.max(...down),
  }
}

/** Values at equally spaced places of a square, row by row, from which those between them are interpolated. */
export interface Raster {
  readonly left: number
  readonly top: number
  readonly step: number
  readonly columns: number
  readonly rows: number
  readonly channels: number
  /** rows x columns x channels. */
  readonly values: Float32Array
}

type Bounds = readonly [left: number, top: number, right: number, bottom: number]

/** The values that `write` gives for places (u, v) over those bounds. */
export function rasterOver(
  [left, top, right, bottom]: Bounds,
  step: number,
  channels: number,
  write: (u: number, v: number, into: Float64Array) => void,
): Raster {
  const columns = Math.ceil((right - left) / step) + 2
  const rows = Math.ceil((bottom - top) / step) + 2
  const values = new Float32Array(rows * columns * channels)
  const raster = { left, top, step, columns, rows, channels, values }
  const value = new Float64Array(channels)
  forEachPlace(raster, (u, v, place) => {
    write(u, v, value)
    values.set(value, place * channels)
  })
  return raster
}

/** Calls with the place of each value and its number, row by row. */
export function forEachPlace(
  { left, top, step, columns, rows }: Raster,
  call: (u: number, v: number, place: number) => void,
): void {
  for (let row = 0, place = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, place++) {
      call(left + column * step, top + row * step, place)
    }
  }
}

/** Bilinear; places beyond the raster take its nearest. */
export function rasterAt(
  { left, top, step, columns, rows, channels, values }: Raster,
  u: number,
  v: number,
  into: Float64Array,
): void {
  const x = Math.min(columns - 1.001, Math.max(0, (u - left) / step))
  const y = Math.min(rows - 1.001, Math.max(0, (v - top) / step))
  const column = Math.floor(x)
  const row = Math.floor(y)
  const [s, t] = [x - column, y - row]
  const at = (row * columns + column) * channels
  const below = at + columns * channels
  for (let c = 0; c < channels; c++) {
    const upper = values[at + c]! * (1 - s) + values[at + channels + c]! * s
    const lower = values[below + c]! * (1 - s) + values[below + channels + c]! * s
    into[c] = upper * (1 - t) + lower * t
  }
}

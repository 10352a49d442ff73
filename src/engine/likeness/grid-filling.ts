/**
 * Fills a square grid of which every other value of every other row is known, by cubics through the four values around each
 * (Keys 1981, a = -1/2, halfway); at the edges straight.
 *
 * @param values side x side x channels, side odd: those of even rows and columns stay
 */
export function fillEveryOther(values: Float32Array, side: number, channels: number): void {
  for (let row = 0; row < side; row += 2) {
    for (let c = 0; c < channels; c++) fillLine(values, row * side * channels + c, channels, side)
  }
  for (let at = 0; at < side * channels; at++) fillLine(values, at, side * channels, side)
}

function fillLine(values: Float32Array, start: number, step: number, count: number): void {
  for (let i = 1; i < count; i += 2) {
    const at = start + i * step
    const [before, after] = [values[at - step]!, values[at + step]!]
    const first = i > 1 ? values[at - 3 * step]! : 2 * before - after
    const last = i + 3 < count ? values[at + 3 * step]! : 2 * after - before
    values[at] = (9 * (before + after) - first - last) / 16
  }
}

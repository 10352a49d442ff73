import { boundsOf, depthIn, type Outline, outlineThrough, smoothStep } from './outline.ts'
import { frameOf, type Portrait, pixelsWithin } from './portrait.ts'
import { sampleCubic } from './sampling.ts'
import { type Slit, slits } from './slits.ts'
import { thinPlateSpline } from './thin-plate-spline.ts'
import { toByte } from './warped-picture.ts'

/** Width of the soft edge of lids and lips, in fractions of the square. */
const soft = 0.006

/** What lies behind the lips is drawn out by so much at most; beyond that the mouth is dark. */
const mostDrawnOut = 1.25

/** Across this, in fractions of the square, what hangs from the upper lip goes over into the dark. */
const hangingSoft = 0.014

/** Landmarks around a slit, one after the other. */
function loopOf({ upper, lower }: Slit): readonly number[] {
  return [...upper, ...lower.slice(1, -1).reverse()]
}

/**
 * Puts what lies between lids behind them: lids that come nearer cover it, and do not squeeze it; where they part further than
 * in the look, it is drawn out.
 *
 * @param portrait whose picture is changed: the skin in its place
 * @param look before it was moved
 */
export function putEye(portrait: Portrait, look: Portrait, slit: Slit): void {
  const outline = outlineThrough(portrait.points, loopOf(slit))
  const colourAt = colourBehind(portrait, look, slit, Number.POSITIVE_INFINITY)
  blend(portrait, outline, (u, v, into) => {
    const share = smoothStep(0, soft, depthIn(outline, u, v))
    if (share > 0) colourAt(u, v, into)
    return share
  })
}

/** The same with what lies between lips, which hangs from the upper one: the more so the more `opacity` it has. */
export function putTeeth(portrait: Portrait, look: Portrait, opacity: number): void {
  if (opacity === 0) return
  const outline = outlineThrough(portrait.points, loopOf(slits.mouth))
  const colourAt = colourBehind(portrait, look, slits.mouth, mostDrawnOut)
  const inLook = outlineThrough(look.points, loopOf(slits.mouth))
  const place = new Float64Array(2)
  blend(portrait, outline, (u, v, into) => {
    const share = opacity * smoothStep(0, soft, depthIn(outline, u, v))
    if (share === 0) return 0
    colourAt(u, v, into, place)
    return share * smoothStep(-hangingSoft / 4, hangingSoft, depthIn(inLook, place[0]!, place[1]!))
  })
}

/** A mouth's dark, in the colours of the lips. */
export function putDark(portrait: Portrait, lips: ArrayLike<number>, opacity: number): void {
  if (opacity === 0) return
  const outline = outlineThrough(portrait.points, loopOf(slits.mouth))
  blend(portrait, outline, (u, v, into) => {
    const depth = depthIn(outline, u, v)
    const light = 0.42 - 0.3 * smoothStep(0, 0.03, depth)
    for (let c = 0; c < 3; c++) into[c] = light * lips[c]! * (c === 0 ? 1 : 0.8)
    return opacity * smoothStep(0, soft, depth)
  })
}

/** Changes the pixels within an outline to colours, as far as `write` says that they count, 0..1. */
function blend(
  { image, quad }: Portrait,
  outline: Outline,
  write: (u: number, v: number, into: Float64Array) => number,
): void {
  const frame = frameOf(quad)
  const { x, y, a, b } = frame
  const square = a * a + b * b
  const { left, top, right, bottom } = pixelsWithin(image, frame, boundsOf(outline, 0))
  const colour = new Float64Array(3)
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [dx, dy] = [column - x, row - y]
      const share = write((dx * a + dy * b) / square, (dy * a - dx * b) / square, colour)
      if (share === 0) continue
      const at = 3 * (row * image.width + column)
      for (let channel = 0; channel < 3; channel++) {
        const there = image.data[at + channel]!
        image.data[at + channel] = toByte(there + share * (colour[channel]! - there))
      }
    }
  }
}

function colourBehind(portrait: Portrait, look: Portrait, slit: Slit, most: number) {
  const loop = loopOf(slit)
  const own = Float64Array.from(loop.flatMap((i) => [look.points[2 * i]!, look.points[2 * i + 1]!]))
  const map = thinPlateSpline(behindSlit(look.points, portrait.points, slit, most), own, 0)
  const { x, y, a, b } = frameOf(look.quad)
  return (u: number, v: number, into: Float64Array, place = new Float64Array(2)) => {
    map(u, v, place, 0)
    const [s, t] = [place[0]!, place[1]!]
    sampleCubic(look.image, x + s * a - t * b, y + s * b + t * a, into)
  }
}

/**
 * Where the edges of what lies behind a slit are: carried by its corners, and further apart where the slit is wider, the lower
 * edge at most so many times as in the look. In the order of its loop: n x (x, y).
 */
function behindSlit(
  look: ArrayLike<number>,
  target: ArrayLike<number>,
  { upper, lower }: Slit,
  most: number,
): Float64Array {
  const [left, right] = [upper[0]!, upper.at(-1)!]
  const carry = similarity(look, target, left, right)
  const [wx, wy] = [target[2 * right]! - target[2 * left]!, target[2 * right + 1]! - target[2 * left + 1]!]
  const width = Math.hypot(wx, wy)
  const [downX, downY] = [-wy / width, wx / width]
  const at = (points: ArrayLike<number>, i: number) => [points[2 * i]!, points[2 * i + 1]!] as const
  const down = ([x, y]: readonly [number, number]) => x * downX + y * downY
  const moved = ([x, y]: readonly [number, number], by: number) => [x + by * downX, y + by * downY] as const
  const carried = (i: number) => carry(...at(look, i))
  const uppers = upper.map((i) => moved(at(target, i), Math.min(0, down(carried(i)) - down(at(target, i)))))
  const lowers = lower.map((i, k) => {
    const own = down(carried(i)) - down(carried(upper[k]!))
    const height = down(at(target, i)) - down(uppers[k]!)
    const wanted = Math.max(height, down(carried(i)) - down(uppers[k]!), own)
    return moved(at(target, i), Math.min(wanted, Math.max(own * most, own)) - height)
  })
  return Float64Array.from([...uppers, ...lowers.slice(1, -1).reverse()].flat())
}

/** The turn, scale and shift that bring two landmarks to where they are aimed at. */
function similarity(from: ArrayLike<number>, to: ArrayLike<number>, left: number, right: number) {
  const [fx, fy] = [from[2 * left]!, from[2 * left + 1]!]
  const [tx, ty] = [to[2 * left]!, to[2 * left + 1]!]
  const [px, py] = [from[2 * right]! - fx, from[2 * right + 1]! - fy]
  const [qx, qy] = [to[2 * right]! - tx, to[2 * right + 1]! - ty]
  const square = px * px + py * py
  const [c, s] = [(px * qx + py * qy) / square, (px * qy - py * qx) / square]
  return (x: number, y: number): readonly [number, number] => [
    tx + c * (x - fx) - s * (y - fy),
    ty + s * (x - fx) + c * (y - fy),
  ]
}

import type { Image } from '../runtime.ts'

/** Pixels beyond each side. */
export interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** Passes of a running mean that make a Gaussian (Wells 1986, "Efficient synthesis of Gaussian filters"). */
const passes = 3

/**
 * The picture continued beyond its edges by reflection, which fades within the margin into a blur and then into the
 * median colour: FFHQ's padding (the dataset's recreate_aligned_images).
 *
 * @param margins more than 0; pixels
 * @param blur the Gaussian's standard deviation in pixels
 */
export function softPadding(image: Image, margins: Margins, blur: number): Image {
  const width = image.width + margins.left + margins.right
  const height = image.height + margins.top + margins.bottom
  const across = distances(width, margins.left, margins.right)
  const down = distances(height, margins.top, margins.bottom)
  const data = new Uint8Array(width * height * 3)
  for (let channel = 0; channel < 3; channel++) {
    const plane = reflected(image, channel, margins, width, height)
    const soft = blurred(plane, width, height, blur)
    for (let y = 0, pixel = 0; y < height; y++) {
      for (let x = 0; x < width; x++, pixel++) {
        const part = Math.max(across[x]!, down[y]!) * 3 + 1
        if (part > 0) plane[pixel] = plane[pixel]! + (soft[pixel]! - plane[pixel]!) * Math.min(1, part)
      }
    }
    const middle = medianOf(plane)
    for (let y = 0, pixel = 0; y < height; y++) {
      for (let x = 0; x < width; x++, pixel++) {
        const part = Math.max(across[x]!, down[y]!)
        const value = plane[pixel]!
        data[pixel * 3 + channel] = rounded(part > 0 ? value + (middle - value) * Math.min(1, part) : value)
      }
    }
  }
  return { width, height, data }
}

/** 1 at an edge, 0 where the margin ends, below 0 further in; for each column or row. */
function distances(extent: number, before: number, after: number): Float32Array {
  return Float32Array.from({ length: extent }, (_, i) => 1 - Math.min(i / before, (extent - 1 - i) / after))
}

/** One channel with reflections on all sides; the outermost pixel is not repeated. */
function reflected(
  image: Image,
  channel: number,
  margins: Margins,
  width: number,
  height: number,
): Float32Array {
  const column = Int32Array.from({ length: width }, (_, x) => mirrored(x - margins.left, image.width))
  const plane = new Float32Array(width * height)
  for (let y = 0, pixel = 0; y < height; y++) {
    const row = mirrored(y - margins.top, image.height) * image.width
    for (let x = 0; x < width; x++, pixel++) plane[pixel] = image.data[(row + column[x]!) * 3 + channel]!
  }
  return plane
}

function mirrored(place: number, extent: number): number {
  if (extent === 1) return 0
  const period = 2 * (extent - 1)
  const at = ((place % period) + period) % period
  return at < extent ? at : period - at
}

/** Close to a Gaussian; beyond the edges the plane is taken as reflected, the outermost pixel repeated. */
function blurred(plane: Float32Array, width: number, height: number, deviation: number): Float32Array {
  let result = plane
  for (const radius of boxRadii(deviation)) {
    result = meanAcross(result, width, radius)
    result = meanDown(result, width, height, radius)
  }
  return result
}

/** Radii of running means whose variances together come nearest to the Gaussian's. */
function boxRadii(deviation: number): readonly number[] {
  const ideal = Math.sqrt((12 * deviation ** 2) / passes + 1)
  const least = Math.max(0, Math.floor((ideal - 1) / 2))
  const size = 2 * least + 1
  const small = Math.round(
    (12 * deviation ** 2 - passes * size ** 2 - 4 * passes * size - 3 * passes) / (-4 * size - 4),
  )
  return Array.from({ length: passes }, (_, pass) => (pass < small ? least : least + 1))
}

/** The mean of 2 * radius + 1 neighbours along each row. */
function meanAcross(source: Float32Array, width: number, radius: number): Float32Array {
  const target = new Float32Array(source.length)
  const size = 2 * radius + 1
  for (let start = 0; start < source.length; start += width) {
    let sum = 0
    for (let i = -radius; i <= radius; i++) sum += source[start + repeated(i, width)]!
    for (let i = 0; i < width; i++) {
      target[start + i] = sum / size
      const enters = i + radius + 1
      const leaves = i - radius
      sum += source[start + (enters < width ? enters : repeated(enters, width))]!
      sum -= source[start + (leaves >= 0 ? leaves : repeated(leaves, width))]!
    }
  }
  return target
}

/** The same along each column; all columns at once, since memory is read along rows. */
function meanDown(source: Float32Array, width: number, height: number, radius: number): Float32Array {
  const target = new Float32Array(source.length)
  const size = 2 * radius + 1
  const sums = new Float64Array(width)
  for (let i = -radius; i <= radius; i++) {
    const row = repeated(i, height) * width
    for (let x = 0; x < width; x++) sums[x]! += source[row + x]!
  }
  for (let i = 0; i < height; i++) {
    const row = i * width
    const enters = repeated(i + radius + 1, height) * width
    const leaves = repeated(i - radius, height) * width
    for (let x = 0; x < width; x++) {
      const sum = sums[x]!
      target[row + x] = sum / size
      sums[x] = sum + source[enters + x]! - source[leaves + x]!
    }
  }
  return target
}

/** A place along a line that is reflected at its ends, the outermost one repeated. */
function repeated(place: number, length: number): number {
  const period = 2 * length
  const at = ((place % period) + period) % period
  return at < length ? at : period - 1 - at
}

/** The nearest whole number to one from 0; several times as fast as Math.round. */
function rounded(value: number): number {
  return (value + 0.5) | 0
}

/** To a sixteenth of a level. */
function medianOf(plane: Float32Array): number {
  const counts = new Uint32Array(256 * 16)
  for (let i = 0; i < plane.length; i++) counts[rounded(plane[i]! * 16)]! += 1
  let [seen, level] = [0, 0]
  while (seen + counts[level]! < plane.length / 2) seen += counts[level++]!
  return level / 16
}

import { MienError } from '../../engine/errors.ts'
import type { FilmTimes } from '../../engine/motion/motion.ts'
import { type DType, floatTensor, type Shape, type Tensor, type TypedArrays } from '../../engine/tensor.ts'
import type { Weights } from '../../engine/weights.ts'
import { withArrays } from '../host/array-files.ts'

/** More than ten hours of frames. */
export const mostFrames = 4_000_000

/** The arrays of one file about a film, none of which is believed. */
export interface FilmArrays {
  has(name: string): boolean
  /** The array of that name, which must have that type and shape, and finite numbers. */
  read<T extends DType>(name: string, dtype: T, shape: Shape): TypedArrays[T]
  /** Its extents; all of them must be given to `read`. */
  shapeOf(name: string): Shape
  /** Throws MienError 'bad-file' unless it holds. */
  require(holds: boolean, name: string): void
}

/**
 * Reads what a file about a film holds.
 *
 * @param what it is to be, for messages: 'a track'
 * @throws MienError 'unreadable-file', 'bad-file'
 */
export function readFilmArrays<T>(path: string, what: string, take: (arrays: FilmArrays) => T): Promise<T> {
  return withArrays(path, (weights) => take(arraysOf(weights, path, what)))
}

function arraysOf(weights: Weights, path: string, what: string): FilmArrays {
  function refuse(name: string): never {
    throw new MienError('bad-file', `${path} does not hold ${what}: "${name}" is missing or wrong.`, {
      file: path,
      name,
      hint: 'Take the file as Mien wrote it, or have it made again.',
    })
  }
  const require = (holds: boolean, name: string) => {
    if (!holds) refuse(name)
  }
  const stored = (name: string) => weights.get(name) ?? refuse(name)
  return {
    require,
    has: (name) => weights.has(name),
    shapeOf: (name) => stored(name).shape,
    read(name, dtype, shape) {
      const array = stored(name)
      require(array.dtype === dtype && array.shape.join() === shape.join(), name)
      const { data } = array.read() as Tensor<typeof dtype>
      if (data instanceof Float32Array) require(data.every(Number.isFinite), name)
      return data
    },
  }
}

/** The arrays of times and segments. */
export function timeArrays({ timescale, times, segments }: FilmTimes): Readonly<Record<string, Tensor>> {
  return {
    timescale: { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(timescale)) },
    times: { dtype: 'int64', shape: [times.length], data: BigInt64Array.from(times, BigInt) },
    segments: {
      dtype: 'int32',
      shape: [segments.length, 2],
      data: Int32Array.from(segments.flatMap(({ start, end }) => [start, end])),
    },
  }
}

/** Times and segments that belong together. */
export function readTimes({ read, shapeOf, require }: FilmArrays): FilmTimes {
  const timescale = Number(read('timescale', 'int64', [])[0])
  require(timescale >= 1 && Number.isSafeInteger(timescale), 'timescale')
  const [frames = 0] = shapeOf('times')
  require(frames >= 1 && frames <= mostFrames, 'times')
  const times = Array.from(read('times', 'int64', [frames]), Number)
  require(times.every((time, i) => Number.isSafeInteger(time) && (i === 0 || time > times[i - 1]!)), 'times')
  const [count = 0] = shapeOf('segments')
  require(count <= frames, 'segments')
  const ends = read('segments', 'int32', [count, 2])
  const segments = Array.from({ length: count }, (_, i) => ({ start: ends[2 * i]!, end: ends[2 * i + 1]! }))
  const inOrder = segments.every(({ start, end }, i) => start >= (segments[i - 1]?.end ?? 0) && end > start)
  require(inOrder && (segments.at(-1)?.end ?? 0) <= frames, 'segments')
  return { timescale, times, segments }
}

/** Rows of numbers as one array [rows, ...extents]. */
export function rowTensor(rows: readonly ArrayLike<number>[], ...extents: readonly number[]): Tensor {
  const width = extents.reduce((product, extent) => product * extent, 1)
  const data = new Float32Array(rows.length * width)
  rows.forEach((row, i) => {
    data.set(row, i * width)
  })
  return floatTensor([rows.length, ...extents], data)
}

/** The rows of such an array; they share its memory. */
export function rowsOf(data: Float32Array, width: number): readonly Float32Array[] {
  return Array.from({ length: data.length / width }, (_, i) => data.subarray(i * width, (i + 1) * width))
}

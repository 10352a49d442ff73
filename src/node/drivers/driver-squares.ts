import { join } from 'node:path'
import { alignedImage, quadFits } from '../../engine/face/alignment.ts'
import { pointsInQuad, type Quad, quadFrom, sideOf } from '../../engine/face/quad.ts'
import type { Image } from '../../engine/runtime.ts'
import type { CutFace } from '../engine/track-messages.ts'
import { npzBytes } from '../host/array-files.ts'
import { openFileSource } from '../host/file-source.ts'
import { exists, writeFileAtomic } from '../host/files.ts'
import { openPartialFile } from '../host/partial-file.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { driverFiles } from './driver-files.ts'
import { mostFrames, readFilmArrays, rowsOf, rowTensor } from './film-arrays.ts'

/** Pixels of the side of a driver's square, at most. */
export const squareSide = 256

/** The faces of a driver as they are cut out, one a frame, while it is tracked. */
export interface SquareWriter {
  /** Writes that of the next frame. Throws MienError 'unwritable'. */
  add(cut: CutFace): Promise<void>
  /** After the last. Throws MienError 'unwritable'. */
  close(): Promise<void>
}

/** Throws MienError 'unwritable'. */
export async function openSquareWriter(folder: string): Promise<SquareWriter> {
  const file = await openPartialFile(join(folder, driverFiles.squares), { anew: true })
  const offsets = [0]
  const quads: (readonly number[])[] = []
  return {
    async add({ file: bytes, quad }) {
      if (bytes !== null) await file.append(bytes)
      offsets.push(file.size)
      quads.push(quad.flat())
    },
    async close() {
      await file.close()
      if (quads.length === 0) return
      const places = npzBytes({
        offsets: { dtype: 'int64', shape: [offsets.length], data: BigInt64Array.from(offsets, BigInt) },
        quads: rowTensor(quads, 4, 2),
      })
      await writeFileAtomic(join(folder, driverFiles.squarePlaces), places)
    },
  }
}

/** The faces of a driver, any of them at any time. */
export interface SquareReader {
  /**
   * What a square of a frame shows, `squareSide` pixels a side at most; undefined where there is no picture of it. Throws
   * MienError 'unreadable-file', 'bad-file'.
   *
   * @param quad in pixels of the frame
   */
  cut(frame: number, quad: Quad): Promise<Image | undefined>
}

/**
 * Nothing stays open. Throws MienError 'unreadable-file', 'bad-file'.
 *
 * @param count frames of the driver
 */
export async function readSquares(folder: string, count: number): Promise<SquareReader> {
  const { offsets, quads } = await readPlaces(join(folder, driverFiles.squarePlaces), count)
  const path = join(folder, driverFiles.squares)
  return {
    async cut(frame, quad) {
      const [from, to] = [offsets[frame]!, offsets[frame + 1]!]
      // A project that was packed may have left the pictures out.
      if (from === to || !(await exists(path))) return undefined
      const image = await sharpCodec.decode(bytesBetween(path, from, to), driverFiles.squares)
      const within = pointsInQuad(quad.flat(), quads[frame]!)
      const corners = within.map((fraction) => fraction * image.width - 0.5)
      const square = quadFrom(corners)
      if (!quadFits(image, square)) return undefined
      const side = Math.min(squareSide, Math.ceil(sideOf(square)))
      return alignedImage(image, square, side, 1)
    },
  }
}

function bytesBetween(path: string, from: number, to: number): Uint8Array {
  const source = openFileSource(path)
  try {
    return source.read(from, to - from)
  } finally {
    source.close()
  }
}

function readPlaces(path: string, count: number) {
  return readFilmArrays(path, "a driver's squares", ({ read, require }) => {
    require(count <= mostFrames, 'quads')
    const offsets = Array.from(read('offsets', 'int64', [count + 1]), Number)
    const ascends = offsets.every(
      (offset, i) => Number.isSafeInteger(offset) && offset >= (offsets[i - 1] ?? 0),
    )
    require(ascends, 'offsets')
    const quads = rowsOf(read('quads', 'float32', [count, 4, 2]), 8).map(quadFrom)
    return { offsets, quads }
  })
}

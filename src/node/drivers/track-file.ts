import { landmarkCount } from '../../engine/face/landmark-groups.ts'
import { frameStates, type Track } from '../../engine/track/track.ts'
import { npzBytes } from '../host/array-files.ts'
import { readFilmArrays, readTimes, rowsOf, rowTensor, timeArrays } from './film-arrays.ts'

/** More pixels than the side of any frame. */
const mostSide = 100_000

/** A track as an npz file. */
export function trackBytes({ width, height, timescale, frames, segments }: Track): Uint8Array {
  const states = frames.map(({ state }) => frameStates.indexOf(state))
  return npzBytes({
    size: { dtype: 'int32', shape: [2], data: Int32Array.of(width, height) },
    ...timeArrays({ timescale, times: frames.map(({ time }) => time), segments }),
    points: rowTensor(
      frames.map(({ points }) => points),
      landmarkCount,
      2,
    ),
    states: { dtype: 'uint8', shape: [frames.length], data: Uint8Array.from(states) },
  })
}

/** Throws MienError 'unreadable-file', 'bad-file' for one that is no track. */
export function readTrack(path: string): Promise<Track> {
  return readFilmArrays(path, 'a track', (arrays) => {
    const [width, height] = arrays.read('size', 'int32', [2]) as unknown as [number, number]
    arrays.require(
      [width, height].every((side) => side >= 1 && side <= mostSide),
      'size',
    )
    const { timescale, times, segments } = readTimes(arrays)
    const points = arrays.read('points', 'float32', [times.length, landmarkCount, 2])
    const states = arrays.read('states', 'uint8', [times.length])
    arrays.require(
      states.every((state) => state < frameStates.length),
      'states',
    )
    const frames = rowsOf(points, 2 * landmarkCount).map((face, i) => ({
      time: times[i]!,
      points: face,
      state: frameStates[states[i]!]!,
    }))
    return { width, height, timescale, frames, segments }
  })
}

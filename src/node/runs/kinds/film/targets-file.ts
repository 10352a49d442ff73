import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import { rowTensor, timeArrays } from '../../../drivers/film-arrays.ts'
import { npzBytes } from '../../../host/array-files.ts'
import type { FilmPlan } from './film-plan.ts'

/** Where a film's landmarks go, as an npz file. */
export function targetsBytes({ timescale, frames }: FilmPlan): Uint8Array {
  return npzBytes({
    ...timeArrays({ timescale, times: frames.map(({ time }) => time), segments: [] }),
    driver_frames: {
      dtype: 'int32',
      shape: [frames.length],
      data: Int32Array.from(frames, ({ index }) => index),
    },
    points: rowTensor(
      frames.map(({ target }) => target),
      landmarkCount,
      2,
    ),
  })
}

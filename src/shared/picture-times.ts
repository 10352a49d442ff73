import * as v from 'valibot'
import { count } from './fields.ts'

/** Beside the pictures of a film: when each of them is shown. */
export const timesFile = 'times.json'

/** What that file holds, as JSON. */
export const pictureTimes = v.pipe(
  v.object({
    /** Ticks a second. */
    timescale: v.pipe(count, v.minValue(1)),
    /** When each picture begins, in ticks, ascending. */
    times: v.pipe(v.array(count), v.minLength(1)),
    /** When the last one ends, in ticks. */
    duration: count,
  }),
  v.check(({ times, duration }) => times.every((time, i) => time < (times[i + 1] ?? duration))),
)
export type PictureTimes = v.InferOutput<typeof pictureTimes>

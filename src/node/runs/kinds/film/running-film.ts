import { MienError } from '../../../../engine/errors.ts'
import type { EndedRun, RunningRun } from '../kind.ts'

/** A film under way: it takes no changes, and is shown frame by frame and not by its newest picture. */
export function runningFilm<E extends EndedRun>(
  run: Pick<RunningRun<E>, 'finished' | 'stop' | 'interrupt' | 'pause' | 'resume'>,
): RunningRun<E> {
  return {
    ...run,
    show: () => undefined,
    async steer() {
      throw new MienError('wrong-use', 'A film that is made takes no changes.', {
        hint: 'Wait until it is over.',
      })
    },
  }
}

import { MienError } from '../../../../engine/errors.ts'
import type { EndedRun, RunningRun } from '../kind.ts'

/** A film under way: it takes no changes. */
export function runningFilm<E extends EndedRun>(
  run: Pick<RunningRun<E>, 'finished' | 'stop' | 'interrupt' | 'pause' | 'resume' | 'show'>,
): RunningRun<E> {
  return {
    ...run,
    async steer() {
      throw new MienError('wrong-use', 'A film that is made takes no changes.', {
        hint: 'Wait until it is over.',
      })
    },
  }
}

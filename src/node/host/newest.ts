import { MienError } from '../../engine/errors.ts'

/** Work of which one piece is done at a time, and of what waits for it only the newest. */
export type Newest = <T>(work: () => Promise<T>) => Promise<T>

/** Work that gave way to newer work rejects with MienError 'stopped', and was not begun. */
export function newestOnly(): Newest {
  let isBusy = false
  let waiting: { begin(): void; giveWay(): void } | undefined

  async function turn(): Promise<void> {
    waiting?.giveWay()
    waiting = undefined
    if (!isBusy) {
      isBusy = true
      return
    }
    await new Promise<void>((resolve, reject) => {
      const giveWay = () => reject(new MienError('stopped', 'Something newer was asked for.'))
      waiting = { begin: resolve, giveWay }
    })
  }

  return async (work) => {
    await turn()
    try {
      return await work()
    } finally {
      // Who waits takes over at once, so that nobody comes between.
      if (waiting === undefined) isBusy = false
      else waiting.begin()
      waiting = undefined
    }
  }
}

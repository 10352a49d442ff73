import { Worker } from 'node:worker_threads'

/** How often the parent is looked for. */
const milliseconds = 1000

/**
 * Ends this process when its parent is gone. A thread of its own looks, since one that loads a graph or computes a step
 * hears nothing meanwhile, and an engine that outlives its host would compute for nobody.
 */
export function endWithParent(): void {
  // One that says who it is may be gone already.
  const parent = Number(process.env.MIEN_HOST ?? process.ppid)
  new Worker(`(${watch})(${parent}, ${milliseconds})`, { eval: true }).unref()
}

/** Runs in the thread, so it uses nothing from outside itself. */
function watch(parent: number, interval: number): void {
  const isThere = () => {
    // Where orphans are given to another process this tells it; on Windows the signal does.
    if (process.ppid !== parent) return false
    try {
      process.kill(parent, 0)
      return true
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EPERM'
    }
  }
  const look = () => {
    if (!isThere()) process.kill(process.pid, 'SIGKILL')
  }
  look()
  setInterval(look, interval)
}

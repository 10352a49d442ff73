import { MienError } from '../../engine/errors.ts'
import { type EngineClient, startEngine } from '../engine/client.ts'
import { forkWorker } from '../engine/fork.ts'
import { onInterrupt } from './interrupt.ts'
import type { Terminal } from './terminal.ts'

/** What every command is given. */
export interface CommandContext {
  readonly terminal: Terminal
  /** What the process returns if nothing is thrown; 0 unless a command says otherwise. */
  exitCode: number
}

/** Starts an engine process for the length of `work`. */
async function withEngine<T>(work: (engine: EngineClient) => Promise<T>): Promise<T> {
  const engine = startEngine(forkWorker)
  try {
    return await work(engine)
  } finally {
    engine.close()
  }
}

/** As withEngine, for work of which nothing is kept at Ctrl-C: it then fails with MienError 'stopped'. */
export async function withStoppableEngine<T>(work: (engine: EngineClient) => Promise<T>): Promise<T> {
  return withEngine(async (engine) => {
    let stopped = false
    const release = onInterrupt(() => {
      stopped = true
      engine.close()
    })
    try {
      return await work(engine)
    } catch (error) {
      throw stopped ? new MienError('stopped', 'Stopped.') : error
    } finally {
      release()
    }
  })
}

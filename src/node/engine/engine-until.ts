import type { EngineClient } from './client.ts'

/** Has an engine process of its own do something; the signal ends it in the middle of its work. Rejects with what that rejects with. */
export async function withEngineUntil<T>(
  signal: AbortSignal,
  start: () => EngineClient,
  use: (engine: EngineClient) => Promise<T>,
): Promise<T> {
  const engine = start()
  signal.addEventListener('abort', engine.close)
  try {
    return await use(engine)
  } finally {
    signal.removeEventListener('abort', engine.close)
    engine.close()
  }
}

import * as v from 'valibot'

const key = 'mien-reading'

const keptReading = v.strictObject({
  project: v.string(),
  name: v.string(),
  /** That is being made of it, once the service knows of it. */
  driver: v.exactOptional(v.string()),
})
export type KeptReading = v.InferOutput<typeof keptReading>

/** Keeps for this tab which clip is being read, so that it is known where the page is loaded anew; null once it is over. */
export function keepReading(reading: KeptReading | null): void {
  if (reading === null) sessionStorage.removeItem(key)
  else sessionStorage.setItem(key, JSON.stringify(reading))
}

/** The clip that was being read when this page was left; null where none was. */
export function leftReading(): KeptReading | null {
  const kept = sessionStorage.getItem(key)
  const parsed = v.safeParse(keptReading, kept === null ? null : JSON.parse(kept))
  return parsed.success ? parsed.output : null
}

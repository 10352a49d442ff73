import { openParts, type Parts } from '../../engine/projection/parts.ts'

/** What stays open for searches of whatever kind. */
export const commonParts = openParts()

let held: { readonly kind: string; readonly parts: Parts } | undefined

/** What searches of that kind have left open; what another kind has left is ended first. */
export async function partsOfKind(kind: string): Promise<Parts> {
  if (held?.kind === kind) return held.parts
  const before = held
  held = undefined
  await before?.parts.close()
  held = { kind, parts: openParts() }
  return held.parts
}

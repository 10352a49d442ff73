import type { RunRecord } from '../record/record.ts'
import type { RunKind } from './kind.ts'
import { projectionKind } from './projection/kind.ts'

const kinds: Readonly<Record<RunRecord['kind'], RunKind>> = { projection: projectionKind }

export function kindOf({ kind }: Pick<RunRecord, 'kind'>): RunKind {
  return kinds[kind]
}

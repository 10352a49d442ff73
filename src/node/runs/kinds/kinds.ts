import type { RunRecord } from '../record/record.ts'
import { filmKind } from './film/kind.ts'
import type { RunKind } from './kind.ts'
import { projectionKind } from './projection/kind.ts'
import { tuningKind } from './tuning/kind.ts'

const kinds: Readonly<Record<RunRecord['kind'], RunKind>> = {
  projection: projectionKind,
  tuning: tuningKind,
  film: filmKind,
}

export function kindOf({ kind }: Pick<RunRecord, 'kind'>): RunKind {
  return kinds[kind]
}

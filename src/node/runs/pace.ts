import { join } from 'node:path'
import * as v from 'valibot'
import type { GraphCost } from '../../engine/graph/cost.ts'
import { providers } from '../../engine/runtime.ts'
import { stepCost } from '../../shared/catalogue.ts'
import type { Pace } from '../engine/pace.ts'
import { makeFolder, readTextIfAny, writeFileAtomic } from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'

const kept = v.array(
  v.object({
    ...stepCost.entries,
    provider: v.picklist(providers),
    seconds: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
)

/** Searches of other networks that are remembered. */
const mostPaces = 12

/** The paces of searches on this machine, the newest first; none where nothing sound is kept. */
export async function readPaces(home: string): Promise<readonly Pace[]> {
  const { success, output } = v.safeParse(kept, parseJson((await readTextIfAny(fileIn(home))) ?? ''))
  return success ? output : []
}

/**
 * Keeps how fast a search was, in place of an earlier one of the same cost on the same device. Never rejects: where it cannot be
 * kept, only the catalogue is told less of.
 */
export async function keepPace(home: string, pace: Pace): Promise<void> {
  try {
    const others = (await readPaces(home)).filter(
      ({ provider, operations }) => provider !== pace.provider || operations !== pace.operations,
    )
    await makeFolder(home)
    const paces = [pace, ...others].slice(0, mostPaces)
    await writeFileAtomic(fileIn(home), `${JSON.stringify(paces, null, 2)}\n`)
  } catch {
    // A search that is over is not to fail for it.
  }
}

function fileIn(home: string): string {
  return join(home, 'paces.json')
}

/**
 * The operations that a processor makes in the time in which it reads or writes an element: by it the steps of the pack and
 * of full-size networks at 256, 512 and 1024 pixels are within 14 % of each other (docs/benchmarks.md).
 */
const operationsPerElement = 30

/**
 * How many times the work of another search it may be: on a processor as much as from the pack to 1024 pixels, where it was
 * measured. A graphics card waits for being told what to do, so that small networks say nothing of large ones.
 */
const mostUnlike = { processor: 40, others: 4 } as const

/**
 * About how long a step of that cost takes on the device that computed last, by its search of the nearest cost; undefined where
 * nothing tells, or the cost is not known.
 *
 * @param paces the newest first
 */
export function stepSeconds(cost: GraphCost | undefined, paces: readonly Pace[]): number | undefined {
  if (cost === undefined) return undefined
  const ratio = (pace: Pace) => workOf(cost) / workOf(pace)
  const distance = (pace: Pace) => Math.abs(Math.log(ratio(pace)))
  const [nearest] = paces
    .filter(({ provider }) => provider === paces[0]!.provider)
    .sort((a, b) => distance(a) - distance(b))
  if (nearest === undefined) return undefined
  const most = nearest.provider === 'cpu' ? mostUnlike.processor : mostUnlike.others
  if (distance(nearest) > Math.log(most)) return undefined
  return nearest.seconds * ratio(nearest)
}

function workOf({ operations, elements }: GraphCost): number {
  return operations + operationsPerElement * elements
}

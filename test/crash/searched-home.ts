import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { neutralFace } from '../../src/engine/face/neutral-face.ts'
import type { LikenessOrder } from '../../src/shared/likeness.ts'
import type { Run } from '../../src/shared/run.ts'
import { askedTuning, tuningSteps } from './photographs.ts'
import { studioOf, type TinyHome, tinyHome } from './studio-home.ts'
import { engine } from './tiny-run.ts'

/** Landmarks of two faces, as fractions of the square: the look's, and one with other lips. */
export const face = neutralFace.flatMap(([x, y]) => [0.5 + 0.003 * x, 0.4 + 0.003 * y])
export const other = face.map((value, i) => (i > 95 ? value + 0.03 : value))

export interface SearchedHome extends TinyHome {
  /** One that is over. */
  readonly search: Run
  orderOf(shares: readonly number[]): LikenessOrder
}

/**
 * A home whose project has two faces and a search of them, with a generator that asks to be tuned.
 *
 * @param ownSteps - Of the search before it learns
 */
export async function searchedHome(folder?: string, ownSteps = tuningSteps.own): Promise<SearchedHome> {
  const tiny = await tinyHome(folder)
  const { home, project, pictures, setup } = tiny
  askToBeTuned(join(home, 'models', 'generator', 'model.json'), ownSteps)
  const { service, ...studio } = await studioOf(home, engine)
  const quad = [0, 0, 0, 64, 64, 64, 64, 0]
  for (const [picture, points] of [
    [pictures.look, face],
    [pictures.landmarks, other],
  ] as const) {
    const alignment = { by: 'hand' as const, quad, points: points.map((value) => 64 * value) }
    await service['pictures.align']({ project, picture, alignment })
  }
  const [search] = await service['runs.start']({
    project,
    runs: [{ name: 'Search', setup: setup({ steps: 4, live: false }) }],
  })
  const done = await studio.untilState(search!.id, 'done')
  await studio.close()
  return {
    ...tiny,
    search: done,
    orderOf: (shares) => ({
      ...{ look: pictures.look, landmarks: pictures.landmarks, sources: Array(9).fill(null), points: [] },
      ...{ shares: [...shares], eyes: 'look', aim: 'landmarks', run: null },
    }),
  }
}

function askToBeTuned(path: string, ownSteps: number): void {
  const record = JSON.parse(readFileSync(path, 'utf8'))
  const networks = { generator: { tuning: { ...askedTuning, own_steps: ownSteps } } }
  writeFileSync(path, JSON.stringify({ ...record, networks }))
}

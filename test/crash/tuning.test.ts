import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import { type PlacedOrder, resumeRun, startRun } from '../../src/node/runs/run.ts'
import { full } from '../full.ts'
import { photographOrder, tunedAsPack, tuningSteps } from './photographs.ts'
import { dice, engine, recordIn, temporaryFolder, watched } from './tiny-run.ts'

const kills = 50
/** The most that one tuning is killed. */
const killsOfTuning = 3

const { settings, files: networks } = photographOrder('', false)
const tuningOrder = (folder: string): PlacedOrder =>
  photographOrder(folder, false, {
    settings: { ...settings, steps: 8 },
    files: tunedAsPack(networks),
    likeness: {
      kind: 'tune',
      ofPhotographs: false,
      pasteBack: false,
      shares: Array(9).fill(1),
      aim: 'landmarks',
    },
  })

const files = ['generator_tuned.safetensors', 'own_w.npz', 'projected_w.npz', 'proj.png']
const resultIn = (folder: string) => files.map((name) => readFileSync(join(folder, name)))

/** The step of a tuning, its search included, at which it begins to learn. */
const learning = tuningSteps.own

describe('a generator that is tuned', () => {
  let untouched: readonly Buffer[]
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mien-crash-'))
    const steps: number[] = []
    const run = await startRun(engine, tuningOrder(folder), { tuning: ({ step }) => steps.push(step) })
    const { outcome, likeness } = await run.finished
    expect(outcome.stopped).toBe(false)
    expect(likeness).toMatchObject({ kind: 'tune', identity: expect.any(Number) })
    expect(steps.at(-1)).toBe(learning + tuningSteps.learning)
    untouched = resultIn(folder)
    const { now } = await recordIn(folder)
    expect(now).toMatchObject({ state: 'done', resumable: false, result: { likeness: { kind: 'tune' } } })
    expect(existsSync(join(folder, 'recovery'))).toBe(false)
    expect(existsSync(join(folder, 'proj_photograph.png'))).toBe(true)
    rmSync(folder, { recursive: true })
  })

  test.runIf(full)(
    `is the same to the bit whenever its engine is killed (${kills} kills)`,
    {
      timeout: 240_000 * kills,
    },
    async () => {
      const next = dice(23)
      let struck = 0
      while (struck < kills) {
        const folder = temporaryFolder()
        let ended = false
        for (let attempt = 0; !ended; attempt++) {
          const spawn = watched(engine)
          // Beyond the end it strikes nothing. Each attempt comes further than the one before, by its snapshots.
          const at = learning + Math.round(next() * (tuningSteps.learning - 10)) + 40 * attempt
          const kill = ({ step }: { readonly step: number }) => {
            if (step === at && attempt < killsOfTuning) spawn.processes.at(-1)!.kill()
          }
          const run = await begin(spawn, folder, attempt, kill)
          await run.finished.then(
            () => {
              ended = true
            },
            (error: unknown) => {
              expect(error).toMatchObject({ code: 'device' })
              struck++
            },
          )
        }
        expect(resultIn(folder)).toEqual(untouched)
      }
      console.info(`kills of tunings: ${struck}, all ended on the same bits`)
    },
  )

  function begin(
    spawn: SpawnWorker,
    folder: string,
    attempt: number,
    tuning: (told: { readonly step: number }) => void,
  ) {
    return attempt === 0
      ? startRun(spawn, tuningOrder(folder), { tuning })
      : resumeRun(spawn, folder, { tuning })
  }

  test('that is stopped before it has learnt anything keeps what was searched, and comes to the same, killed once more', async () => {
    const folder = temporaryFolder()
    const run = await startRun(engine, tuningOrder(folder), {
      tuning: ({ step }) => step === 2 && run.stop(),
    })
    const { outcome, likeness } = await run.finished
    expect(outcome.stopped).toBe(true)
    expect(likeness).toMatchObject({ kind: 'warp' })
    expect((await recordIn(folder)).now).toMatchObject({ state: 'stopped', resumable: true })
    expect(existsSync(join(folder, 'generator_tuned.safetensors'))).toBe(false)
    expect(readFileSync(join(folder, 'projected_w.npz'))).toEqual(untouched[2])
    const spawn = watched(engine)
    const killed = await resumeRun(spawn, folder, {
      tuning: ({ step }) => step === learning + 40 && spawn.processes.at(-1)!.kill(),
    })
    await expect(killed.finished).rejects.toMatchObject({ code: 'device' })
    const on = await resumeRun(engine, folder)
    expect((await on.finished).outcome.stopped).toBe(false)
    expect(resultIn(folder)).toEqual(untouched)
  })

  test.runIf(full)('that is stopped keeps what it has learnt, and goes on to the same', async () => {
    const folder = temporaryFolder()
    const run = await startRun(engine, tuningOrder(folder), {
      tuning: ({ step }) => step === learning + 60 && run.stop(),
    })
    expect((await run.finished).outcome.stopped).toBe(true)
    expect((await recordIn(folder)).now).toMatchObject({ state: 'stopped', resumable: true })
    expect(resultIn(folder)[0]).not.toEqual(untouched[0])
    const on = await resumeRun(engine, folder)
    expect((await on.finished).outcome.stopped).toBe(false)
    expect(resultIn(folder)).toEqual(untouched)
  })
})

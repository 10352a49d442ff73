import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { referenceFilmSettings } from '../../src/engine/animation/reference-film.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import { startEngine } from '../../src/node/engine/client.ts'
import type { RememberedFace } from '../../src/node/engine/likeness-messages.ts'
import { readArrays } from '../../src/node/host/array-files.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { type FilmOrder, startFilmRun } from '../../src/node/runs/film-run.ts'
import { usualFilmSettings } from '../../src/shared/film-settings.ts'
import { full } from '../full.ts'
import { startCommand } from './command.ts'
import { photograph } from './photographs.ts'
import { dice, engine, recordIn, temporaryFolder, tinyOrder } from './tiny-run.ts'

const kills = full ? 100 : 2
/** The most that one film is killed. */
const killsOfFilm = 10

const firstSteps = { steps: 8 }
const ways: readonly [string, ProjectionSettings, boolean][] = [
  ['by directions', { ...referenceSettings, ...firstSteps }, false],
  ['frame by frame, as by the reference', { ...referenceFilmSettings, ...firstSteps }, true],
]

/** With a head that goes about, and a chin that was dragged. */
const movedByHand = {
  ...{ ...usualFilmSettings, head: 'moving' as const },
  keyFrames: [{ frame: 3, points: [{ index: 8, x: 0, y: 6, z: 0 }] }],
}

let look: RememberedFace
let square: FilmOrder['square']
beforeAll(async () => {
  const picture = photograph('sample3.jpg', {})
  const client = startEngine(engine)
  const { image, alignment } = await client.start('align', { picture, size: 64 }).outcome
  client.close()
  const { name, bytes } = picture
  const { quad, points } = alignment
  look = { picture: { name, bytes: bytes!, sha256: sha256(bytes!) }, quad, points: points! }
  square = image
})

function orderOf(folder: string, settings: ProjectionSettings, reference: boolean): FilmOrder {
  const { files } = tinyOrder('', {})
  const motion = join(import.meta.dirname, '..', '..', 'models', 'pack', 'motions', 'smile.npz')
  return {
    ...{
      folder,
      look,
      square,
      files,
      settings: reference ? movedByHand : usualFilmSettings,
      loop: false,
      way: 'drawn',
      provider: 'cpu',
    },
    driver: { path: motion, face: 1, range: [0, 0.3] },
    video: { path: join(folder, 'film.gif'), format: 'gif', sound: false, beside: false },
    search: { settings, steps: 10, reference, threads: 1 },
  }
}

const resultIn = (folder: string) =>
  ['latents.npz', 'noise.npz'].map((name) => readFileSync(join(folder, name)))

describe.skipIf(process.platform === 'win32').each(ways)(
  'a film that is searched %s',
  (_, settings, reference) => {
    let stopped: string
    let untouched: ReturnType<typeof resultIn>
    /** Of what is left to do after the stop. */
    let milliseconds: number
    beforeAll(async () => {
      stopped = mkdtempSync(join(tmpdir(), 'mien-crash-'))
      const run = await startFilmRun(engine, orderOf(stopped, settings, reference), {
        filming: ({ part }) => part === 'searching' && run.stop(),
      })
      await expect(run.finished).rejects.toMatchObject({ code: 'stopped' })
      const folder = mkdtempSync(join(tmpdir(), 'mien-crash-'))
      cpSync(stopped, folder, { recursive: true })
      const started = performance.now()
      expect(await startCommand(['animate', '--resume', folder]).ended).toBe(0)
      milliseconds = performance.now() - started
      untouched = resultIn(folder)
      const { w } = await readArrays(join(folder, 'latents.npz'))
      const [frames] = w!.shape as [number]
      expect(frames).toBeGreaterThan(5)
      // The reference shows one more between each two.
      expect((await recordIn(folder)).now.filmed?.frames).toBe(reference ? 2 * frames - 1 : frames)
      rmSync(folder, { recursive: true })
    })
    afterAll(() => rmSync(stopped, { recursive: true, force: true }))

    /** Goes on with the stopped film, is killed so often at random moments, and lets it end. Gives how many kills struck. */
    async function killed(times: number, chance: () => number): Promise<number> {
      const folder = temporaryFolder()
      cpSync(stopped, folder, { recursive: true })
      for (let struck = 0; ; struck++) {
        const started = performance.now()
        const command = startCommand(['animate', '--resume', folder])
        if (struck < times) {
          await Promise.race([command.ended, sleep(chance() * milliseconds)])
          if (!command.hasEnded()) command.kill()
        }
        const code = await command.ended
        // What is killed after its end is a film that is done.
        if (code === null && (await recordIn(folder)).now.state !== 'done') continue
        if (code !== null) expect(code, folder).toBe(0)
        // How quick the machine is changes with what else it does.
        if (struck === 0) milliseconds = performance.now() - started
        expect(resultIn(folder)).toEqual(untouched)
        return struck
      }
    }

    test(
      `is the same to the bit whenever all of it is killed (${kills / 2} kills)`,
      async () => {
        const chance = dice(29)
        let [struck, films] = [0, 0]
        for (; struck < kills / 2; films++) {
          struck += await killed(Math.min(killsOfFilm, kills / 2 - struck), chance)
        }
        console.info(`kills of films: ${struck} in ${films} films, all of which ended on the same bits`)
      },
      kills * 60_000,
    )
  },
)

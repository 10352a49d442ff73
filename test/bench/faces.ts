import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { openFaceSearch } from '../../src/node/worker/face-search.ts'
import { photograph } from '../web/dropped.ts'
import { percentile } from '../web/script-time.ts'

/** Of the search for faces in the six photographs of face-api, as a camera of 12 megapixels takes them; in seconds. */
export interface FaceFigures {
  /** Loading of the networks, in a process that has loaded the runtime. */
  readonly loading: number
  /** Decoding and search, of the photograph that takes longest. */
  readonly search: number
  /** `mien detect` as a whole; median of the photographs. */
  readonly command: number
}

const [width, height] = [4032, 3024]
const root = join(import.meta.dirname, '..', '..')

async function secondsOf<T>(act: () => Promise<T>): Promise<readonly [seconds: number, result: T]> {
  const begin = performance.now()
  const result = await act()
  return [(performance.now() - begin) / 1000, result]
}

export async function measureFaces(): Promise<FaceFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-faces-'))
  try {
    const [loading, search] = await secondsOf(openFaceSearch)
    const searches: number[] = []
    const commands: number[] = []
    for (let i = 1; i <= 6; i++) {
      const small = sharp(readFileSync(photograph(`sample${i}.jpg`)))
      const bytes = await small.resize(width, height, { fit: 'cover' }).jpeg({ quality: 92 }).toBuffer()
      const [seconds] = await secondsOf(() => search.find({ name: `${i}.jpg`, bytes }))
      searches.push(seconds)
      const path = join(folder, `${i}.jpg`)
      writeFileSync(path, bytes)
      const detect = [join(root, 'dist/node/cli/main.js'), 'detect', path]
      const [whole] = await secondsOf(async () => spawnSync(process.execPath, detect, { stdio: 'ignore' }))
      commands.push(whole)
    }
    await search.dispose()
    return { loading, search: Math.max(...searches), command: percentile(commands, 0.5) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { photograph } from './dropped.ts'

const root = join(import.meta.dirname, '../..')
const side = 288
const gap = 16
const framesPerSecond = 12.5

/** Two photographs, each beside the film of it speaking, as an animated WebP. */
export async function speakingFilms(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-films-'))
  try {
    const films = ['sample3.jpg', 'sample6.jpg'].map((look) => filmOf(look, join(folder, look)))
    const row = { width: 4 * side + gap, height: side, channels: 4, background: '#0000' } as const
    const frames = await Promise.all(
      films[0]!.map(async (_, i) => {
        const shown = await Promise.all(
          films.map((film) =>
            sharp(film[i])
              .resize(2 * side, side)
              .toBuffer(),
          ),
        )
        const placed = shown.map((input, k) => ({ input, left: k * (2 * side + gap), top: 0 }))
        return sharp({ create: row }).composite(placed).png().toBuffer()
      }),
    )
    return await sharp(frames, { join: { animated: true } })
      .webp({ quality: 80, loop: 0, delay: frames.map(() => 1000 / framesPerSecond) })
      .toBuffer()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The paths of its frames in their order: the look's square beside what becomes of it. */
function filmOf(look: string, folder: string): string[] {
  const pictures = join(folder, 'pictures')
  execFileSync(process.execPath, [
    ...[join(root, 'dist/node/cli/main.js'), 'animate', '--look', photograph(look), '--out', folder],
    ...['--driver', join(root, 'models/pack/motions/speaking.npz'), '--side-by-side'],
    ...['--rate', String(framesPerSecond), '--save-video', pictures],
  ])
  const names = readdirSync(pictures).filter((name) => name.endsWith('.png'))
  return names.sort().map((name) => join(pictures, name))
}

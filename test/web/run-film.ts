import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'

const side = 240
const gap = 8
/** Moments of the search that are shown; more make the file larger, not clearer. */
const moments = 36
/** Milliseconds a moment, and the last. */
const [pace, rest] = [90, 2500]

/**
 * The way of a run as an animated WebP: look and landmarks stand still, the result between them finds them both.
 * `project` is the folder of a project with one finished run.
 */
export async function runFilm(project: string): Promise<Buffer> {
  const run = join(project, 'runs', readdirSync(join(project, 'runs'))[0]!)
  const history = join(run, 'history')
  const steps = readdirSync(history)
    .filter((name) => name.endsWith('.jpg'))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  // The face changes most at the beginning: the moments lie closer there.
  const shown = new Set(
    Array.from(
      { length: moments },
      (_, i) => steps[Math.round((i / (moments - 1)) ** 2 * (steps.length - 1))]!,
    ),
  )
  const panel = (file: string) => sharp(join(run, file)).resize(side, side).png().toBuffer()
  const [look, landmarks] = await Promise.all([panel('target_look.png'), panel('target_landmarks.png')])
  const frames = await Promise.all(
    [...shown].map(async (step) =>
      sharp({
        create: { width: 3 * side + 2 * gap, height: side, channels: 4, background: '#0000' },
      })
        .composite([
          { input: look, left: 0, top: 0 },
          { input: await panel(`history/${step}.jpg`), left: side + gap, top: 0 },
          { input: landmarks, left: 2 * (side + gap), top: 0 },
        ])
        .png()
        .toBuffer(),
    ),
  )
  return sharp(frames, { join: { animated: true } })
    .webp({
      quality: 90,
      smartSubsample: true,
      loop: 0,
      delay: frames.map((_, i) => (i === frames.length - 1 ? rest : pace)),
    })
    .toBuffer()
}

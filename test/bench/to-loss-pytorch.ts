import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { drawNoise } from '../../src/engine/projection/noise.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { ProjectionSettings } from '../../src/engine/projection/settings.ts'
import type { TargetSquares } from '../../src/engine/projection/targets.ts'
import type { SessionOptions } from '../../src/engine/runtime.ts'
import { writeFileAtomic } from '../../src/node/host/files.ts'
import { termsApart } from './terms-apart.ts'
import { type Course, type CourseRow, openJudge } from './to-loss-course.ts'
import { type SearchedSet, writeTargets } from './to-loss-sets.ts'

const script = fileURLToPath(new URL('./pytorch_reference.py', import.meta.url))

/**
 * The reference's search in PyTorch on the same networks, pictures and draws. Throws where it does not see what Mien sees, at
 * its beginning or at its end: then the two losses could not be compared.
 *
 * @param folder for what the two programs tell each other
 */
export async function pytorchCourse(
  python: string,
  folder: string,
  set: SearchedSet,
  pictures: TargetSquares,
  { steps, seed }: ProjectionSettings,
  every: number,
  options: SessionOptions & { readonly threads: number },
): Promise<Course> {
  const path = (name: string) => join(folder, `pytorch-${name}`)
  const [job, targets, result] = [path('job.json'), path('targets.safetensors'), path('result.safetensors')]
  const files = await set.files(folder)
  const average = await writeTargets(targets, set, pictures, options)
  await writeFileAtomic(job, JSON.stringify({ ...files, targets, seed, steps, every, result }))
  await run(python, [script, String(set.networks.generator.resolution), String(options.threads), job])
  const { weights } = openCheckpoint(memorySource(await readFile(result), result)).networks[0]!
  const read = (name: string) => weights.get(name)!.float32()
  const { shape, data } = read('course')
  const rows = Array.from({ length: shape[0]! }, (_, i) => rowOf(data.subarray(i * shape[1]!)))

  const judge = await openJudge(set, pictures, options)
  const noise = drawNoise(set.networks.generator.noise, new MersenneTwister(seed))
  termsApart(rows[0]!, await judge.terms({ latent: average, noise }))
  termsApart(rows.at(-1)!, await judge.terms({ latent: read('latent'), noise: read('noise') }))
  await judge.dispose()
  return { startUp: read('startUp').data[0]!, rows: rows.slice(1) }
}

function rowOf(numbers: Float32Array): CourseRow {
  const [step, seconds, processor, perceptual, landmark, noiseReg] = numbers as unknown as readonly number[]
  return {
    ...{ step: step!, seconds: seconds!, processor: processor! },
    ...{ perceptual: perceptual!, landmark: landmark!, noiseReg: noiseReg! },
  }
}

function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${script} ended with ${code}: it needs torch, numpy and safetensors`)),
    )
  })
}

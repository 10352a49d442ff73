import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { memorySource } from '../../engine/checkpoint/byte-source.ts'
import { readTfjsWeights } from '../../engine/checkpoint/tfjs-weights.ts'
import { MienError } from '../../engine/errors.ts'
import type { FaceNetworks } from '../../engine/face/face-finder.ts'
import { readFaceDetector } from '../../engine/network/face-detector/reading.ts'
import { readFaceLandmarks } from '../../engine/network/face-landmarks/face-landmarks.ts'
import { type FaceRecognition, readFaceRecognition } from '../../engine/network/face-recognition/reading.ts'
import type { ByteSource } from '../../engine/runtime.ts'
import type { Weights } from '../../engine/weights.ts'
import { readWholeFile } from '../host/files.ts'
import { sha256 } from '../host/sha256.ts'

/** The package that carries the weights; nothing of it is run. */
const packageName = '@vladmandic/face-api'

/** SHA-256 of its files that Mien reads; others are refused before they are parsed. */
const hashes = {
  'ssd_mobilenetv1_model-weights_manifest.json':
    '888f744dffbc84f5f060d1f8427d9742341943a2dfaaf9205d10029b7e7a2955',
  'ssd_mobilenetv1_model.bin': '2835640602d53718aa6ae9a42896327eaa21beefed056c218d32ca7d79e1e2f8',
  'face_landmark_68_model-weights_manifest.json':
    'ca4886639f86e99b39fed0c155f81b63317225773bd9616716e887b0153389c9',
  'face_landmark_68_model.bin': '4611ef65c87d836d03d684b30eec4d195d8b219fa1dd58fc58945831c6b9299b',
  'face_recognition_model-weights_manifest.json':
    'cbaffa501b0b9275a12b63357a6843e7e30c054e1c9151e1a5f879b26e32986b',
  'face_recognition_model.bin': 'b413e420d6840b2775fba32008db6f3cddb07d485967fb42cfcf379c16a8c589',
} as const

/** SHA-256 of the files of the recognition network, of which nothing else is accepted. */
export const recognitionHashes: readonly string[] = [
  hashes['face_recognition_model-weights_manifest.json'],
  hashes['face_recognition_model.bin'],
]

type FileName = keyof typeof hashes

const mostBytes = 16 * 2 ** 20

const installAgain = 'Install Mien again.'

/** The networks that find faces, from the package's files. Throws MienError 'unreadable-file' and 'bad-file'. */
export async function loadFaceNetworks(): Promise<FaceNetworks> {
  const { detector, landmarks } = await readFaceWeights()
  return { detector: readFaceDetector(detector), landmarks: readFaceLandmarks(landmarks) }
}

/** The network that tells faces apart. Throws as `loadFaceNetworks` does. */
export async function loadFaceRecognition(): Promise<FaceRecognition> {
  return readFaceRecognition(await readRecognitionWeights())
}

/** Its weights. */
export function readRecognitionWeights(): Promise<Weights> {
  return readWeights(weightsFolder(), 'face_recognition_model')
}

/** The weights of the detector and of the landmark network. */
export async function readFaceWeights(): Promise<{
  readonly detector: Weights
  readonly landmarks: Weights
}> {
  const folder = weightsFolder()
  return {
    detector: await readWeights(folder, 'ssd_mobilenetv1_model'),
    landmarks: await readWeights(folder, 'face_landmark_68_model'),
  }
}

function weightsFolder(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`)), 'model')
  } catch (cause) {
    throw new MienError(
      'unreadable-file',
      `The package ${packageName}, which holds the networks for faces, is missing.`,
      {
        name: packageName,
        hint: installAgain,
        cause,
      },
    )
  }
}

async function readWeights(
  folder: string,
  model: 'ssd_mobilenetv1_model' | 'face_landmark_68_model' | 'face_recognition_model',
): Promise<Weights> {
  const manifest = await source(folder, `${model}-weights_manifest.json`)
  const shard = await source(folder, `${model}.bin`)
  const { weights } = readTfjsWeights(manifest, (path) => {
    if (path === shard.name) return shard
    throw new MienError('bad-file', `${manifest.name} names the unknown shard ${path}.`, {
      hint: installAgain,
    })
  })
  return weights
}

async function source(folder: string, name: FileName): Promise<ByteSource> {
  const path = join(folder, name)
  const bytes = await readWholeFile(path, mostBytes)
  const hash = sha256(bytes)
  // A plain array: slices of a Buffer share its memory.
  if (hash === hashes[name]) return memorySource(new Uint8Array(bytes), name)
  throw new MienError('bad-file', `${path} is not the file that Mien knows: its hash is ${hash}.`, {
    file: path,
    hint: installAgain,
  })
}

import { scaledFace } from '../../engine/face/face.ts'
import { openFaceFinder, searchSide } from '../../engine/face/face-finder.ts'
import type { Image, PictureSize } from '../../engine/runtime.ts'
import type { DetectOutcome } from '../engine/picture-messages.ts'
import type { PictureInput } from '../engine/protocol.ts'
import { onnxRuntime } from '../runtime/onnx-runtime.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { loadFaceNetworks } from './face-networks.ts'

/** A picture in the size in which faces are looked for, and the size that it has. */
export interface SearchedPicture extends PictureSize {
  readonly small: Image
}

/** Looks for faces in pictures. */
export interface FaceSearch {
  /** In a picture as it lies on the disk. Throws MienError 'bad-image'. */
  find(picture: PictureInput): Promise<DetectOutcome>
  findIn(picture: SearchedPicture): Promise<DetectOutcome>
  dispose(): Promise<void>
}

/** Decodes one as it lies on the disk. Throws MienError 'bad-image'. */
export async function searchedPicture({ bytes, name }: PictureInput): Promise<SearchedPicture> {
  const { width, height } = await sharpCodec.measure(bytes, name)
  return { width, height, small: await sharpCodec.decode(bytes, name, searchSide) }
}

/** Loads the networks. They are small, and the processor finds the same faces on every machine. */
export async function openFaceSearch(): Promise<FaceSearch> {
  const finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  async function findIn({ width, height, small }: SearchedPicture): Promise<DetectOutcome> {
    const faces = await finder.find(small)
    const [across, down] = [width / small.width, height / small.height]
    return { width, height, faces: faces.map((face) => scaledFace(face, across, down)) }
  }
  return {
    find: async (picture) => findIn(await searchedPicture(picture)),
    findIn,
    dispose: () => finder.dispose(),
  }
}

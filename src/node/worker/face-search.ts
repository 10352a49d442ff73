import { scaledFace } from '../../engine/face/face.ts'
import { openFaceFinder, searchSide } from '../../engine/face/face-finder.ts'
import type { DetectOutcome } from '../engine/picture-messages.ts'
import type { PictureInput } from '../engine/protocol.ts'
import { onnxRuntime } from '../runtime/onnx-runtime.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { loadFaceNetworks } from './face-networks.ts'

/** Looks for faces in pictures as they lie on the disk. */
export interface FaceSearch {
  /** Throws MienError 'bad-image'. */
  find(picture: PictureInput): Promise<DetectOutcome>
  dispose(): Promise<void>
}

/** Loads the networks. They are small, and the processor finds the same faces on every machine. */
export async function openFaceSearch(): Promise<FaceSearch> {
  const finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  return {
    async find({ bytes, name }) {
      const { width, height } = await sharpCodec.measure(bytes, name)
      const small = await sharpCodec.decode(bytes, name, searchSide)
      const faces = await finder.find(small)
      const [across, down] = [width / small.width, height / small.height]
      return { width, height, faces: faces.map((face) => scaledFace(face, across, down)) }
    },
    dispose: () => finder.dispose(),
  }
}

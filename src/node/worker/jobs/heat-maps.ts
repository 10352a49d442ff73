import { createBuilder } from '../../../engine/graph/builder.ts'
import { serialise } from '../../../engine/graph/onnx.ts'
import { heatMaps } from '../../../engine/network/fan/fan.ts'
import { centreSquare } from '../../../engine/picture/centre-square.ts'
import { heatMapOverlay } from '../../../engine/picture/heat-map-overlay.ts'
import {
  analysisResolution,
  landmarkInput,
  pictureTensor,
  toAnalysisSize,
} from '../../../engine/projection/picture.ts'
import type { Session } from '../../../engine/runtime.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import type { Jobs } from '../../engine/protocol.ts'
import type { ModelFile } from '../../models/files.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { encodeTranslucent, sharpCodec } from '../../runtime/sharp-codec.ts'
import { withModelFiles } from '../model-files.ts'
import { landmarkNetworkIn } from '../networks.ts'

/** The network that was asked last; a window that shows heat maps asks again with every picture. */
let held: { readonly key: string; readonly session: Promise<Session> } | undefined

/** Where the landmark network sees each group in a square picture. Throws MienError 'bad-image', 'unsupported-model'. */
export async function heatMapsJob({
  landmarks,
  picture: { bytes, name },
  groups,
}: Jobs['heat-maps']['parameters']): Promise<Jobs['heat-maps']['outcome']> {
  const image = centreSquare(await sharpCodec.decode(bytes, name), analysisResolution)
  const session = await sessionOf(landmarks)
  const { maps } = await session.run({ picture: pictureTensor(image) })
  return { file: await encodeTranslucent(heatMapOverlay(maps as FloatTensor, groups), analysisResolution) }
}

async function sessionOf(files: readonly ModelFile[]): Promise<Session> {
  const key = JSON.stringify(files)
  if (held?.key === key) return held.session
  const before = held
  held = { key, session: open(files) }
  held.session.catch(() => {
    held = undefined
  })
  await before?.session.then((session) => session.dispose())
  return held.session
}

async function open(files: readonly ModelFile[]): Promise<Session> {
  const network = await withModelFiles(files, landmarkNetworkIn)
  const b = createBuilder()
  const seen = toAnalysisSize(b, b.input('picture', [1, 3, analysisResolution, analysisResolution]))
  const maps = b.scope('landmarks', () => heatMaps(b, network, landmarkInput(b, seen)))
  return onnxRuntime('cpu').load(serialise({ maps }))
}

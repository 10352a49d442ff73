import { BlobSource } from 'mediabunny'
import { videoInput } from '../../shared/video.ts'

/** Whether a video has sound, whatever it is coded in; false for what cannot be read. */
export async function hasSound(clip: Blob): Promise<boolean> {
  const input = videoInput(new BlobSource(clip))
  try {
    return (await input.getPrimaryAudioTrack()) !== null
  } catch {
    return false
  } finally {
    input.dispose()
  }
}

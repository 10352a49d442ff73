import type { FrameState, Track } from './track.ts'

/** Frames that do not show the face, from the first to before the second, and where their landmarks are from. */
export interface LostFrames {
  readonly from: number
  readonly to: number
  readonly state: Exclude<FrameState, 'seen'>
}

/** All that a track has lost, in order. */
export function lostFrames({ frames }: Pick<Track, 'frames'>): readonly LostFrames[] {
  const lost: LostFrames[] = []
  frames.forEach(({ state }, frame) => {
    if (state === 'seen') return
    const last = lost.at(-1)
    if (last?.to === frame && last.state === state) lost[lost.length - 1] = { ...last, to: frame + 1 }
    else lost.push({ from: frame, to: frame + 1, state })
  })
  return lost
}

/** The frames with which another scene begins; a cut while the face is lost is not among them. */
export function cutFrames({ segments }: Pick<Track, 'segments'>): readonly number[] {
  return segments.filter(({ start }, i) => start === segments[i - 1]?.end).map(({ start }) => start)
}

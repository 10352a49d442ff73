/** Tells after which steps a preview is sent. */
export interface PreviewTiming {
  /** To be asked once after each step. */
  isDue(step: number): boolean
  /** A change takes effect with the step after `step`, and that step's picture shows it. */
  afterChange(step: number): void
  /** The step that was just done can be gone back to. */
  atKeyframe(): void
}

/**
 * Every so many steps; or, where they are `asked` for, with the step after the host asked, the step after a change, so
 * that the picture follows a slider however seldom the host asks, and where a snapshot was taken.
 */
export function previewTiming(every: number | 'asked', takeShow: () => boolean): PreviewTiming {
  let changeShows: number | undefined
  let isKeyframe = false
  return {
    isDue(step) {
      if (every !== 'asked') return every > 0 && step % every === 0
      const isAsked = takeShow()
      const isDue = isAsked || isKeyframe || (changeShows !== undefined && step >= changeShows)
      if (changeShows !== undefined && step >= changeShows) changeShows = undefined
      isKeyframe = false
      return isDue
    },
    afterChange(step) {
      changeShows ??= step + 1
    },
    atKeyframe() {
      isKeyframe = true
    },
  }
}

import { landmarkGroups } from '../engine/face/landmark-groups.ts'
import { referenceSettings } from '../engine/projection/settings.ts'
import type { SearchSettings, Setup } from './setup.ts'

/** What is searched with where a generator asks for nothing: the reference's settings, held until Finish. */
export const referenceSearch: SearchSettings = {
  ...referenceSettings,
  groupWeights: [...referenceSettings.groupWeights],
  start: 'average',
  confidence: false,
  landmarkMask: 0,
  live: true,
}

/** The setup of a project that has no pictures yet. */
export function emptySetup(settings: SearchSettings = referenceSearch): Setup {
  return {
    look: null,
    landmarks: null,
    sources: landmarkGroups.map(() => null),
    points: [],
    settings,
    models: {},
    device: 'auto',
  }
}

import { landmarkGroups, referenceGroupWeights } from '../engine/face/landmark-groups.ts'

/** Presets of the face map that come with Mien. `balanced` is what the generator asks for. */
export const builtInPresets = ['balanced', 'expression', 'pose', 'mouth', 'look'] as const
export type BuiltInPreset = (typeof builtInPresets)[number]

/* In the order of the landmark groups: jaw, eyebrows, nose bridge, lower nose, eyes, outer and inner lip. */
const fixed: Readonly<Record<Exclude<BuiltInPreset, 'balanced'>, readonly number[]>> = {
  /** What moves when a face changes its mood. */
  expression: [0.02, 3, 3, 0.05, 0.3, 5, 5, 8, 8],
  /** What tells how a head is turned: its outline and the nose. */
  pose: [2, 0.3, 0.3, 3, 3, 0.5, 0.5, 0.3, 0.1],
  mouth: [0, 0, 0, 0, 0, 0, 0, 5, 5],
  look: landmarkGroups.map(() => 0),
}

/** The nine weights of a preset. `balanced` gives the model's own, the reference's where the model has none. */
export function presetWeights(
  preset: BuiltInPreset,
  ofModel: readonly number[] = referenceGroupWeights,
): readonly number[] {
  return preset === 'balanced' ? ofModel : fixed[preset]
}

/** The built-in preset that has these weights, if one does. */
export function presetOf(
  groupWeights: readonly number[],
  ofModel: readonly number[] = referenceGroupWeights,
): BuiltInPreset | undefined {
  return builtInPresets.find((preset) =>
    presetWeights(preset, ofModel).every((weight, group) => weight === groupWeights[group]),
  )
}

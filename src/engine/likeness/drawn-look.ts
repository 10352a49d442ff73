import type { FloatTensor } from '../tensor.ts'

/**
 * The middle of what face-api's recognition network says of 40 portraits that the pack's painter drew
 * (`models/evaluation`): the network never saw drawings, and puts them in a corner of their own.
 */
const drawnDescriptor = [
  -0.091, 0.079, 0.101, -0.044, -0.13, -0.009, -0.054, -0.089, 0.122, -0.121, 0.174, -0.056, -0.175, 0.001,
  -0.053, 0.171, -0.145, -0.104, -0.063, -0.101, 0.02, 0.063, -0.032, 0.02, -0.11, -0.3, -0.038, -0.056,
  0.076, -0.078, -0.016, 0.079, -0.145, 0.013, 0.015, 0.073, -0.034, -0.063, 0.143, 0.007, -0.186, -0.043,
  0.043, 0.227, 0.148, 0.014, 0.047, -0.052, 0.057, -0.223, -0.009, 0.118, 0.096, 0.079, 0.019, -0.169,
  -0.009, 0.117, -0.123, 0.071, 0.064, -0.088, -0.022, -0.05, 0.25, 0.095, -0.116, -0.13, 0.148, -0.142,
  -0.075, 0.034, -0.095, -0.134, -0.265, 0.012, 0.356, 0.143, -0.155, -0.004, -0.064, 0.025, 0.062, 0.091,
  -0.097, 0.001, -0.036, 0.014, 0.197, -0.026, -0.02, 0.188, -0.005, 0.023, -0.046, -0.001, -0.084, 0, -0.053,
  -0.038, 0.032, -0.064, 0.057, 0.168, -0.198, 0.171, -0.039, 0.016, 0.04, 0.077, -0.069, -0.043, 0.164,
  -0.191, 0.161, 0.217, 0.048, 0.133, 0.098, 0.076, 0.01, -0.009, -0.137, -0.043, 0.046, -0.086, 0.016, 0.042,
]

/** Half of the drawings lie within 0.35 of their middle, all within 0.51; 21 faces in photographs at 0.52 to 0.78. */
const mostDistance = 0.51

/** Whether a face looks like one that the pack draws, and not like a photograph; from its descriptor, [1, 128]. */
export function isDrawnLook({ data }: FloatTensor): boolean {
  return Math.hypot(...drawnDescriptor.map((value, i) => value - data[i]!)) < mostDistance
}

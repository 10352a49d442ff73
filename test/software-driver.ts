import { expect } from 'vitest'

/**
 * A software driver that was named for test/gpu is for these tests alone: elsewhere every engine that chooses its device would
 * try it, for ten seconds, and decide for the processor.
 */
if (!/[\\/]test[\\/]gpu[\\/]/.test(expect.getState().testPath ?? '')) delete process.env.VK_ICD_FILENAMES

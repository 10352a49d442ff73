/** The whole of long figures: `npm run test:full` (or vitest --mode full). `npm test` takes samples of them. */
export const full = import.meta.env.MODE === 'full' || process.env.MIEN_FULL === '1'

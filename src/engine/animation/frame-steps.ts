/** Steps of a frame where nobody says how many; more bring little: see "Search" in docs/films.md. */
export const usualFrameSteps = 3

/** Of a frame that is searched again, and of one that is searched once more: see there. */
export const furtherFrameSteps = [30, 100] as const

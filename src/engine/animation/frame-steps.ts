/** Steps of a frame where nobody says how many; more bring little: see "Search" in docs/films.md. */
export const usualFrameSteps = 3

/** From 0 to 1, slowly at both ends; 0 before. */
export function eased(part: number): number {
  const within = Math.max(0, part)
  return within * within * (3 - 2 * within)
}

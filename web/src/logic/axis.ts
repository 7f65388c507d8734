const ladder = [10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 600, 800]

/** The next round number (…, 50, 60, 80, 100, 120, …) that is not below `needed`. */
function roundUp(needed: number): number {
  for (let scale = 1; ; scale *= 100) {
    for (const step of ladder) if (step * scale >= needed) return step * scale
  }
}

/**
 * The top of a vertical axis that does not breathe: it grows at once, and shrinks only when two fifths of it are empty air.
 */
export function axisTop(current: number, needed: number): number {
  const target = roundUp(Math.min(needed, 1e9))
  return target > current || needed < current * 0.6 ? target : current
}

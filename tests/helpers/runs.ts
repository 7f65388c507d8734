/** How often a law is tried: as many runs as usual, times SACCADE_RUNS; a whole number, as fast-check would never come to 2.5. */
export const runs = (usual: number): number => Math.max(1, Math.round(usual * Number(process.env['SACCADE_RUNS'] ?? 1)))

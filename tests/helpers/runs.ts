/** How many runs a law has: as many as it usually has, times SACCADE_RUNS. */
export const runs = (usual: number): number => usual * Number(process.env['SACCADE_RUNS'] ?? 1)

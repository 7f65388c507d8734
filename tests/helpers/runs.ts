/** How often a property is tried: as often as it says, times `SACCADE_RUNS` for a deep run. */
export const runs = (usual: number): number => usual * Number(process.env['SACCADE_RUNS'] ?? 1)

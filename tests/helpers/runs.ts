export const runs = (usual: number): number => usual * Number(process.env['SACCADE_RUNS'] ?? 1)

/** What one reads on a node: its stages without the queues and throttles, which the edge before it tells of. */
export function nodeWords(stages: readonly string[]): string {
  const own = stages.filter((stage) => !/^(queue|throttle|join)\b/.test(stage))
  return (own.length > 0 ? own : stages).join(' · ')
}

export type LaidNode = {
  readonly name: string
  readonly column: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** All edges from one node to another, drawn as one line. */
export type LaidEdge = {
  readonly key: string
  readonly from: string
  readonly to: string
  /** Places in `graph.edges`. */
  readonly members: readonly number[]
  /** `sampled`: from a sink's measurement back into the graph. */
  readonly kind: 'forward' | 'beside' | 'sampled'
  /** SVG path data. */
  readonly path: string
  readonly label: {
    readonly x: number
    readonly y: number
    readonly anchor: 'start' | 'middle' | 'end'
    readonly room: number
  }
}

export type GraphLayout = {
  readonly width: number
  readonly height: number
  readonly nodes: readonly LaidNode[]
  readonly edges: readonly LaidEdge[]
}

/**
 * Pairs rows with columns, each with one at most, so that the sum of the weights is the highest that there is. Only what weighs
 * more than 0 is paired. The same weights give the same pairs.
 *
 * The Hungarian method with potentials, one row after the other (Jonker and Volgenant's way), in O(rows² · columns) at worst.
 * Each row has a column of its own to stay alone in, at no cost; where few boxes overlap, most rows are done in one or two steps.
 *
 * @returns for each row its column, or -1
 */
export function assign(rows: number, columns: number, weightOf: (row: number, column: number) => number): Int32Array {
  const width = columns + rows
  const cost = (row: number, column: number): number => {
    if (column >= columns) return column - columns === row ? 0 : Infinity
    const weight = weightOf(row, column)
    return weight > 0 ? -weight : Infinity
  }
  const rowOf = new Int32Array(width).fill(-1)
  const rowPotential = new Float64Array(rows)
  const columnPotential = new Float64Array(width)
  const least = new Float64Array(width)
  const cameFrom = new Int32Array(width)
  const done = new Uint8Array(width)
  for (let first = 0; first < rows; first++) {
    least.fill(Infinity)
    done.fill(0)
    const path: number[] = []
    let row = first
    let from = -1
    let reached = 0
    let free = -1
    while (free < 0) {
      let next = -1
      for (let column = 0; column < width; column++) {
        if (done[column] === 1) continue
        const reduced = reached + cost(row, column) - at(rowPotential, row) - at(columnPotential, column)
        if (reduced < at(least, column)) {
          least[column] = reduced
          cameFrom[column] = from
        }
        if (next < 0 || at(least, column) < at(least, next)) next = column
      }
      // A row's own column can always be reached, so there is one.
      done[next] = 1
      path.push(next)
      reached = at(least, next)
      if (at(rowOf, next) < 0) free = next
      else {
        row = at(rowOf, next)
        from = next
      }
    }
    rowPotential[first] = at(rowPotential, first) + reached
    for (const column of path) {
      if (column === free) continue
      const slack = reached - at(least, column)
      const owner = at(rowOf, column)
      rowPotential[owner] = at(rowPotential, owner) + slack
      columnPotential[column] = at(columnPotential, column) - slack
    }
    for (let column = free; ;) {
      const before = at(cameFrom, column)
      rowOf[column] = before < 0 ? first : at(rowOf, before)
      if (before < 0) break
      column = before
    }
  }
  const columnOf = new Int32Array(rows).fill(-1)
  for (let column = 0; column < columns; column++) if (at(rowOf, column) >= 0) columnOf[at(rowOf, column)] = column
  return columnOf
}

/** An index that is in range by how it came about. */
const at = (list: Int32Array | Float64Array, index: number): number => list[index] as number

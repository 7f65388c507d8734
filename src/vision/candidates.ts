/** Boxes as columns, so that thousands of them cost no objects: what a detector's raw output is read into. */
export type Boxes = {
  readonly count: number
  /** Four numbers a box: x and y of the left top corner, width, height. */
  readonly boxesPx: Float64Array
  readonly scores: Float64Array
  readonly classes: Int32Array
}

/** Memory for boxes that grows and is used again. */
export class Candidates implements Boxes {
  count = 0
  boxesPx = new Float64Array(4 * 64)
  scores = new Float64Array(64)
  classes = new Int32Array(64)

  clear(): void {
    this.count = 0
  }

  /** A box by its middle. */
  add(xPx: number, yPx: number, widthPx: number, heightPx: number, score: number, index: number): void {
    if (this.count === this.scores.length) this.#grow()
    const at = this.count++
    this.boxesPx[4 * at] = xPx - widthPx / 2
    this.boxesPx[4 * at + 1] = yPx - heightPx / 2
    this.boxesPx[4 * at + 2] = widthPx
    this.boxesPx[4 * at + 3] = heightPx
    this.scores[at] = score
    this.classes[at] = index
  }

  #grow(): void {
    const { boxesPx, scores, classes } = this
    this.boxesPx = new Float64Array(boxesPx.length * 2)
    this.scores = new Float64Array(scores.length * 2)
    this.classes = new Int32Array(classes.length * 2)
    this.boxesPx.set(boxesPx)
    this.scores.set(scores)
    this.classes.set(classes)
  }
}

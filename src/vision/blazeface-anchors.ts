/**
 * Centres of BlazeFace's 896 anchors as x, y pairs, in pixels of its 256 square.
 *
 * Two anchors on each cell of a 16×16 grid, then six on each of an 8×8 one, row by row; all of them one square in size
 * (MediaPipe, face_detection_back: strides 16, 32, 32, 32, fixed_anchor_size).
 */
export const blazefaceAnchors: Float32Array = Float32Array.from([...centres(16, 2), ...centres(8, 6)])

function centres(cells: number, anchorsPerCell: number): number[] {
  const centre = (cell: number) => ((cell + 0.5) * 256) / cells
  return Array.from({ length: cells * cells * anchorsPerCell }, (_, i) => {
    const cell = Math.floor(i / anchorsPerCell)
    return [centre(cell % cells), centre(Math.floor(cell / cells))]
  }).flat()
}

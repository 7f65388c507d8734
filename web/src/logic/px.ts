/** A coordinate of SVG path data, to a tenth of a pixel. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}

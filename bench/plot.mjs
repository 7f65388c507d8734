const colours = ['#0c8f86', '#d13345', '#b97a0a']
const [width, height, left, right, top, bottom] = [860, 420, 70, 210, 40, 50]

/** Delay over time, on a logarithmic axis: one line for each way, named at its end. */
export function linesAsSvg(
  lines,
  { seconds, title = 'Age of the newest result: a live source at 30 fps, 50 ms of work a frame' },
) {
  const values = lines.flatMap(({ series }) => series.map(([, ms]) => ms))
  const most = Math.max(...values, 1000)
  const [low, high] = [Math.log10(30), Math.log10(most * 1.3)]
  const x = (ms) => left + (ms / 1000 / seconds) * (width - left - right)
  const y = (ms) => height - bottom - ((Math.log10(Math.max(ms, 30)) - low) / (high - low)) * (height - top - bottom)
  const marks = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000].filter((ms) => ms < most * 1.3)
  const label = (ms) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`)
  const text = (at, words, extra = '') => `<text x="${at[0]}" y="${at[1]}" ${extra}>${words}</text>`
  const grid = marks.map(
    (ms) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(ms)}" y2="${y(ms)}" class="grid"/>${text([left - 8, y(ms) + 4], label(ms), 'text-anchor="end"')}`,
  )
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text([x(share * seconds * 1000), height - bottom + 20], `${Math.round(share * seconds)} s`, 'text-anchor="middle"'),
  )
  const drawn = lines.map(({ name, series }, index) => {
    const points = series.map(([atMs, ms]) => `${x(atMs).toFixed(1)},${y(ms).toFixed(1)}`).join(' ')
    const [endMs, lastMs] = series.at(-1)
    const at = [Math.min(x(endMs), width - right) + 8, y(lastMs) + 4]
    return `<polyline points="${points}" fill="none" stroke="${colours[index]}" stroke-width="1.5"/>${text(at, `${name}: ${label(Math.round(lastMs))}`, `style="fill:${colours[index]}" font-weight="600"`)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#5c6876}.grid{stroke:#dde3ea}rect{fill:#fff}</style>
<rect width="${width}" height="${height}"/>
${text([left, 22], title, 'font-size="14" font-weight="600" style="fill:#151a21"')}
${grid.join('\n')}
${times.join('\n')}
${drawn.join('\n')}
</svg>
`
}

/** Degrees over time, from 0: one line for each way, with its mean at the right. */
export function errorsAsSvg(lines, { seconds, title }) {
  const most = 1.05 * Math.max(...lines.flatMap(({ series }) => series.map(([, deg]) => deg)))
  const step = most > 4 ? 1 : most > 2 ? 0.5 : 0.25
  const x = (ms) => left + (ms / 1000 / seconds) * (width - left - right)
  const y = (deg) => height - bottom - (deg / most) * (height - top - bottom)
  const text = (at, words, extra = '') => `<text x="${at[0]}" y="${at[1]}" ${extra}>${words}</text>`
  const marks = Array.from({ length: Math.floor(most / step) + 1 }, (_, k) => k * step)
  const grid = marks.map(
    (deg) =>
      `<line x1="${left}" x2="${width - right}" y1="${y(deg)}" y2="${y(deg)}" class="grid"/>${text([left - 8, y(deg) + 4], `${deg}°`, 'text-anchor="end"')}`,
  )
  const times = [0, 0.25, 0.5, 0.75, 1].map((share) =>
    text([x(share * seconds * 1000), height - bottom + 20], `${Math.round(share * seconds)} s`, 'text-anchor="middle"'),
  )
  const drawn = lines.map(({ name, series }, index) => {
    const points = series.map(([atMs, deg]) => `${x(atMs).toFixed(1)},${y(deg).toFixed(1)}`).join(' ')
    const mean = series.reduce((sum, [, deg]) => sum + deg, 0) / series.length
    const colour = colours[1 - index] ?? colours[index]
    return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.5"/>${text([width - right + 8, y(mean) + 4], `${name}: mean ${mean.toFixed(2)}°`, `style="fill:${colour}" font-weight="600"`)}`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12">
<style>text{fill:#5c6876}.grid{stroke:#dde3ea}rect{fill:#fff}</style>
<rect width="${width}" height="${height}"/>
${text([left, 22], title, 'font-size="14" font-weight="600" style="fill:#151a21"')}
${grid.join('\n')}
${times.join('\n')}
${drawn.join('\n')}
</svg>
`
}

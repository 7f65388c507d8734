// Draws docs/pictures/backpressure.svg: a b c come to a queue of two, and nothing is taken. Run it after a change.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** What arrives, what waits then, where the others are, and what is told of it. */
const rows = [
  { name: 'block', waits: ['a', 'b'], held: ['c'], says: 'c stays with whoever feeds it, who waits' },
  { name: 'drop-oldest', waits: ['b', 'c'], gone: ['a'], says: 'b will say: lost 1' },
  { name: 'drop-newest', waits: ['a', 'b'], gone: ['c'], says: 'the next after b will say: lost 1' },
  { name: 'latest', slots: 1, waits: ['c'], gone: ['a', 'b'], says: 'c will say: lost 2' },
  { name: 'conflate', slots: 1, waits: ['a+b+c'], says: 'one packet, from a to c; nothing is lost' },
  { name: 'fail', waits: ['a', 'b'], gone: ['c'], says: 'the branch ends with an error' },
]

const [width, top, step, left, slot] = [860, 64, 46, 150, 46]
const box = (x, y, wide, kind) => `<rect x="${x}" y="${y}" width="${wide}" height="30" rx="4" class="${kind}"/>`
const text = (x, y, words, kind = '') =>
  `<text x="${x}" y="${y}"${kind === '' ? '' : ` class="${kind}"`}>${words}</text>`
const letter = (x, y, word, kind = 'on') => text(x, y, word, `mid ${kind}`)

const drawn = rows.map(({ name, slots = 2, waits, held = [], gone = [], says }, index) => {
  const y = top + index * step
  const parts = [text(20, y + 20, name, 'name')]
  held.forEach((word) => parts.push(box(left, y, 30, 'held'), letter(left + 15, y + 20, word, 'held-on')))
  const wide = slots === 1 && waits[0].length > 1 ? 2 * slot : slot
  // What leaves first stands on the right.
  for (let n = 0; n < slots; n++) {
    const x = left + 60 + n * slot
    parts.push(box(x, y, wide, 'slot'))
    const word = [...waits].reverse()[n]
    if (word !== undefined) parts.push(box(x + 4, y + 4, wide - 8, 'packet').replace('height="30"', 'height="22"'))
    if (word !== undefined) parts.push(letter(x + wide / 2, y + 20, word))
  }
  gone.forEach((word, n) => parts.push(letter(left + 190 + n * 26, y + 20, word, 'gone')))
  return [...parts, text(left + 270, y + 20, says)].join('')
})

const height = top + rows.length * step + 10
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="14" role="img" aria-label="What waits in a queue of two after a, b and c came and nothing was taken, for each policy">
<style>
text{fill:#5c6876}.head{font-size:12px}.name{font-family:ui-monospace,monospace;font-weight:600;fill:#151a21}.mid{text-anchor:middle}
.on{fill:#fff;font-weight:600}.gone{fill:#d13345}.slot{fill:none;stroke:#9aa7b5}
.packet{fill:#0c8f86}.held{fill:none;stroke:#b97a0a;stroke-dasharray:3 3}.held-on{fill:#b97a0a;font-weight:600}
@media (prefers-color-scheme:dark){text{fill:#9aa7b5}.name{fill:#e6ebf1}.on{fill:#fff}.gone{fill:#ff7b86}.held-on{fill:#e0a53a}}
</style>
${text(left - 4, 30, 'feeder', 'head')}${text(left + 60, 30, 'waits, the next one on the right', 'head')}${text(left + 190, 50, 'dropped', 'head')}
${drawn.join('\n')}
</svg>
`
writeFileSync(fileURLToPath(new URL('../docs/pictures/backpressure.svg', import.meta.url)), svg)

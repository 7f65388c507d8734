// Plain viewers: each takes pictures and looks at the capture time in the header. Arguments: url, count, ms from the clock of the
// headers to the wall's. `take` on stdin prints what came since.
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const [url, count, offsetMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
let ages = []
const open = () =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.on('open', () => {
      // Pictures and nothing else, as the bare loop gives them, which listens to nobody.
      socket.send('{"type":"want","channels":{},"state":false}')
      resolve()
    })
    socket.on('error', reject)
    socket.on('message', (data, isBinary) => {
      if (isBinary) ages.push(performance.timeOrigin + performance.now() - data.readDoubleLE(8) - offsetMs)
    })
  })
await Promise.all(Array.from({ length: count }, open))
console.log('{}')
createInterface({ input: process.stdin })
  .on('line', () => {
    const pictures = ages.length
    // Of many viewers, a fair part tells enough.
    const every = Math.ceil(pictures / 5000)
    console.log(JSON.stringify({ pictures, ages: ages.filter((_, nth) => nth % every === 0) }))
    ages = []
  })
  .on('close', () => process.exit(0))

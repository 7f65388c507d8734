// Loaded before the command: says on stdout when the command begins to hear signals. From then on its exit code is its own.
let said = false
process.on('newListener', (name) => {
  if (said || (name !== 'SIGINT' && name !== 'SIGTERM')) return
  said = true
  setImmediate(() => process.stdout.write('hears\n'))
})

import type { Command } from '../../../src/core/wire.js'

/** What was asked, to be told in "The run refused …". */
export function commandWords(command: Command): string {
  switch (command.do) {
    case 'pause':
      return 'to pause'
    case 'resume':
      return 'to go on'
    case 'look':
      return 'to look there'
    case 'set':
      return `to set ${command.option} of ${command.stage}`
    case 'stop':
      return command.name === undefined ? 'to stop' : `to stop ${command.name}`
    case 'reset':
      return command.name === undefined ? 'to reset the stop' : `to reset the stop of ${command.name}`
  }
}

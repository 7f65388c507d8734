import type { Command, Rights } from './wire.js'

/** Why a command is not done, and what to do instead. */
export type Refusal = { readonly why: string; readonly remedy: string }

/** Does a command of a client; null when it is done. */
export type Control = (command: Command) => Promise<Refusal | null>

/** Of a run that nobody can control. */
export const refuseAll: Control = () =>
  Promise.resolve({ why: 'this run takes no commands', remedy: 'see controls in hello: it names what can be done' })

/** W6: viewing, controlling and stopping are rights apart. Null where the command may be done. */
export function refusalByRights(command: Command, rights: Rights): Refusal | null {
  const stops = command.do === 'stop' || command.do === 'reset'
  if (stops ? rights.stop : rights.control) return null
  return {
    why: `this connection may not ${command.do}`,
    remedy: `connect with a token that may ${stops ? 'stop' : 'control'}`,
  }
}

import { SaccadeError } from '../core/errors.js'
import type { Runtime } from '../core/runtime.js'
import type { SoftwareStop } from '../core/software-stop.js'
import type { Command, Controls } from '../core/wire.js'
import { ChangeableOptions } from './changeable-options.js'
import { type Lookers, lookersOf } from './lookers.js'
import type { Plan } from './planned.js'
import { suggest } from './problem.js'

/** What of a run can be controlled while it goes on, and how commands are carried out: in the turn of the call. */
export class Control {
  readonly #runtime: Runtime
  readonly #plan: Plan
  readonly #options: ChangeableOptions
  readonly #lookers: ReadonlyMap<string, Lookers>
  readonly #isOver: () => boolean

  /** @param isOver whether the run is being stopped, or has ended: then nothing but a stop and its reset is left to do */
  constructor(plan: Plan, runtime: Runtime, isOver: () => boolean) {
    this.#plan = plan
    this.#runtime = runtime
    this.#isOver = isOver
    this.#options = new ChangeableOptions(plan, runtime)
    this.#lookers = lookersOf(plan)
  }

  read(): Controls {
    return {
      pause: this.#plan.entries.some(({ kind }) => kind === 'stream'),
      look: [...this.#lookers.keys()],
      stop: [...this.#runtime.controls.stops].map(([name, { kinds }]) => ({ name, kinds })),
      options: this.#options.list(),
    }
  }

  /** @throws SaccadeError `usage`, with what is wrong and what to do */
  carryOut(command: Command): void {
    const { pausing } = this.#runtime.controls
    if (command.do === 'stop') {
      for (const [name, stop] of this.#stopsOf(command.name)) stop.stop(kindOf(name, stop, command.kind))
      return
    }
    if (command.do === 'reset') {
      for (const [, stop] of this.#stopsOf(command.name)) stop.reset()
      return
    }
    if (this.#isOver()) throw refused(`cannot ${command.do} as the run is ending or has ended`, 'start it again')
    if (command.do === 'look') this.#look(command.channel, command.atPx)
    else if (command.do === 'set') this.#set(command)
    else if (command.do === 'pause') pausing.pause()
    else pausing.resume()
  }

  /** Who looks hears of it, whoever did it. */
  #set({ stage, option, value }: Extract<Command, { do: 'set' }>): void {
    this.#options.change(stage, option, value)
    this.#runtime.hub.sayToAll({ type: 'set', stage, option, value })
  }

  #look(channel: string, atPx: readonly [number, number]): void {
    const lookers = this.#lookers.get(channel)
    if (lookers === undefined) {
      const names = [...this.#lookers.keys()]
      const remedy = names.length === 0 ? 'put pick-face into the pipeline' : suggest(channel, names, 'pictures')
      throw refused(`cannot look at a place in ${channel} as nothing looks at that`, remedy)
    }
    if (!atPx.every((px) => Number.isFinite(px) && px >= 0))
      throw refused(
        `cannot look at ${atPx.join(', ')} as that is no place in a picture`,
        'give x and y in px, from 0 on',
      )
    for (const stage of lookers.stages)
      for (const origin of lookers.origins) this.#runtime.controls.look(stage, origin, atPx)
  }

  #stopsOf(name: string | undefined): readonly (readonly [string, SoftwareStop])[] {
    const stops = [...this.#runtime.controls.stops]
    const wanted = name === undefined ? stops : stops.filter(([one]) => one === name)
    if (wanted.length > 0) return wanted
    const remedy = suggest(name ?? '', [...this.#runtime.controls.stops.keys()], 'actuators')
    throw refused(name === undefined ? 'nothing in this run can be stopped' : `there is no actuator ${name}`, remedy)
  }
}

function kindOf(name: string, { kinds }: SoftwareStop, kind = kinds[0]): SoftwareStop['kinds'][number] {
  if (kind !== undefined && kinds.includes(kind)) return kind
  throw refused(`${name} cannot be stopped by ${String(kind)}`, `choose one of ${kinds.join(', ')}`)
}

function refused(text: string, remedy: string): SaccadeError {
  return new SaccadeError(text, { code: 'usage', remedy })
}

import type { Command, Do, Done, Refused } from '../../../src/core/wire.js'

export type Answer = { readonly is: 'done' } | { readonly is: 'refused'; readonly why: string; readonly remedy: string }

/** The world outside, handed in: tests bring their own clock. */
export type CommandsWorld = {
  readonly send: (message: Do) => void
  readonly later: (run: () => void, delayMs: number) => unknown
  readonly cancel: (timer: unknown) => void
}

/** A run answers in the turn in which it is asked; what takes longer is lost. */
const answerWithinMs = 5000

/** What this page asks of the run, each answered once: by the run, or in its stead where nothing comes. */
export class Commands {
  readonly #world: CommandsWorld
  readonly #waiting = new Map<number, { readonly settle: (answer: Answer) => void; readonly timer: unknown }>()
  #id = 0

  constructor(world: CommandsWorld) {
    this.#world = world
  }

  ask(command: Command): Promise<Answer> {
    const id = ++this.#id
    return new Promise((settle) => {
      const timer = this.#world.later(() => {
        this.#settle(id, {
          is: 'refused',
          why: 'the run has not answered within 5 seconds',
          remedy: 'Look at its terminal; it may or may not have done it.',
        })
      }, answerWithinMs)
      this.#waiting.set(id, { settle, timer })
      this.#world.send({ type: 'do', id, ...command })
    })
  }

  take(message: Done | Refused): void {
    const { id } = message
    if (message.type === 'done') this.#settle(id, { is: 'done' })
    else this.#settle(id, { is: 'refused', why: message.why, remedy: message.remedy })
  }

  /** The connection is gone, and with it the answers. */
  lost(): void {
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id, {
        is: 'refused',
        why: 'the connection was lost before the run answered',
        remedy: 'Ask again once it is back.',
      })
    }
  }

  get waiting(): number {
    return this.#waiting.size
  }

  #settle(id: number, answer: Answer): void {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return
    this.#waiting.delete(id)
    this.#world.cancel(waiting.timer)
    waiting.settle(answer)
  }
}

import { SaccadeError } from './errors.js'
import type { TrackReader } from './media-source.js'

export type HandOverOptions<Item> = {
  /** How many items may lie ready: at a file the decoder waits then, live the oldest is let go. */
  readonly keep: number
  readonly live: boolean
  /** Gives back what an item holds, when nobody will take it. */
  readonly letGo: (item: Item) => void
  /** An item was taken or is waited for: there is room. */
  readonly onRoom: () => void
  /** Ends the decoder and resolves when it is reaped. Called once. */
  readonly stop: () => Promise<void>
}

/** Between a decoder that pushes and a reader that asks: a bounded shelf of items, then one end. */
export type HandOver<Item> = {
  readonly reader: TrackReader<Item>
  readonly hasRoom: () => boolean
  /** Whether somebody waits in `next()`. */
  readonly isAsked: () => boolean
  readonly push: (item: Item) => void
  /** The last thing: an end, or the error that each following `next()` rejects with. */
  readonly end: (error: SaccadeError | null) => void
}

type State =
  | { readonly is: 'open' }
  | { readonly is: 'ended'; readonly error: SaccadeError | null }
  | { readonly is: 'closed'; readonly done: Promise<void> }

type Asking<Item> = { readonly take: (item: Item | null) => void; readonly fail: (error: SaccadeError) => void }

export function createHandOver<Item>(options: HandOverOptions<Item>): HandOver<Item> {
  const { keep, live, letGo, onRoom, stop } = options
  const ready: Item[] = []
  let state: State = { is: 'open' }
  let asking: Asking<Item> | null = null
  let lost = 0

  function answer(): Asking<Item> | null {
    const asked = asking
    asking = null
    return asked
  }

  const reader: TrackReader<Item> = {
    next() {
      if (state.is === 'closed') return Promise.resolve(null)
      if (asking !== null) return Promise.reject(twice())
      const item = ready.shift()
      if (item !== undefined) {
        onRoom()
        return Promise.resolve(item)
      }
      if (state.is === 'ended') return state.error === null ? Promise.resolve(null) : Promise.reject(state.error)
      return new Promise((take, fail) => {
        asking = { take, fail }
        onRoom()
      })
    },
    takeLost() {
      const count = lost
      lost = 0
      return count
    },
    close() {
      if (state.is === 'closed') return state.done
      // The state is set before anything is called, as what is called may come back here.
      let reaped: () => void = () => undefined
      const done = new Promise<void>((resolve) => {
        reaped = () => {
          resolve()
        }
      })
      state = { is: 'closed', done }
      for (const item of ready.splice(0)) letGo(item)
      answer()?.take(null)
      void stop().then(reaped, reaped)
      return done
    },
  }

  return {
    reader,
    hasRoom: () => state.is === 'open' && ready.length < keep,
    isAsked: () => asking !== null,
    push(item) {
      if (state.is !== 'open') {
        letGo(item)
        return
      }
      const asked = answer()
      if (asked !== null) {
        asked.take(item)
        return
      }
      if (live && ready.length >= keep) {
        const oldest = ready.shift()
        if (oldest !== undefined) letGo(oldest)
        lost++
      }
      ready.push(item)
    },
    end(error) {
      if (state.is !== 'open') return
      state = { is: 'ended', error }
      const asked = answer()
      if (error === null) asked?.take(null)
      else asked?.fail(error)
    },
  }
}

/** A reader that has nothing to give but its reason. */
export function failedReader<Item>(error: SaccadeError): TrackReader<Item> {
  const nothing = (): void => undefined
  const stop = (): Promise<void> => Promise.resolve()
  const shelf = createHandOver<Item>({ keep: 1, live: false, letGo: nothing, onRoom: nothing, stop })
  shelf.end(error)
  return shelf.reader
}

function twice(): SaccadeError {
  return new SaccadeError('cannot call next() while another next() waits', {
    code: 'internal',
    remedy: 'await each next() before the following one',
  })
}

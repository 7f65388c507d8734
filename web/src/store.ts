import { firstPageState, reducePage, type PageEvent, type PageState } from './logic/page-state.js'

/** Holds the page's state; all that changes it is an event, and how it changes is `reducePage`. */
export type Store = {
  readonly state: PageState
  dispatch(event: PageEvent): void
  subscribe(listener: () => void): void
}

export function createStore(): Store {
  let state = firstPageState
  const listeners: (() => void)[] = []
  return {
    get state() {
      return state
    },
    dispatch(event) {
      state = reducePage(state, event)
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.push(listener)
    },
  }
}

import type { BehaviorSubject } from 'rxjs'

/** The options of a stage as they are now, and how often they were changed since the run began. */
export type OptionsNow = { readonly options: object; readonly changes: number }

/** The options of a stage that may be changed while it runs. */
export type Changing = BehaviorSubject<OptionsNow>

/** For a stage that cannot be built anew in the middle of a run: its options as they are now, to be read at each use. */
export function optionsNow<O extends object>(options: O, { changing }: { readonly changing?: Changing }): O {
  // What is put there has been read by the same schema.
  return changing === undefined ? options : (changing.value.options as O)
}

import type { Hello, OptionChange } from '../core/wire.js'

/** What a run says of itself, after one of its options was changed. */
export function withOption(hello: Hello, { stage, option, value }: Omit<OptionChange, 'type'>): Hello {
  const options = hello.controls.options.map((one) =>
    one.stage === stage && one.option === option ? { ...one, value } : one,
  )
  return { ...hello, controls: { ...hello.controls, options } }
}

import type { Controls, StepJson } from '../../../src/core/wire.js'
import { element, setText } from '../dom/element.js'
import { optionField, optionText, optionValue } from '../logic/option-field.js'
import type { World } from './view.js'

type Changeable = Controls['options'][number]

/** One stage of an opened node: what it does, what it is set to, and what of that may be changed while it runs. */
export function stepFacts(step: StepJson, changeable: readonly Changeable[], world: World): HTMLElement {
  const own = changeable.filter(({ stage }) => stage === step.key)
  const facts = Object.entries(step.options)
    .filter(([name]) => !own.some(({ option }) => option === name))
    .map(([name, value]) =>
      element('div', {
        children: [element('dt', { text: name }), element('dd', { class: 'mono', text: optionText(value) })],
      }),
    )
  return element('li', {
    class: 'step',
    children: [
      element('div', {
        class: 'row',
        children: [
          element('h4', { text: step.stage }),
          ...(step.inserted === true ? [element('span', { class: 'muted', text: 'put there by the plan' })] : []),
          element('a', {
            class: 'muted',
            attributes: {
              href: `stages/${step.stage}.txt`,
              target: '_blank',
            },
            children: ['about it', element('span', { class: 'unseen', text: `: ${step.stage}` })],
          }),
        ],
      }),
      element('p', { class: 'muted', text: step.summary }),
      ...own.map((option) => optionForm(option, world)),
      ...(facts.length === 0 ? [] : [element('dl', { class: 'options', children: facts })]),
    ],
  })
}

/** An option that may be changed: its value, and a button that asks for another. */
function optionForm({ stage, option, value, schema }: Changeable, world: World): HTMLFormElement {
  const field = optionField(schema)
  const told = element('span', { class: 'muted', attributes: { role: 'status' } })
  const label = { 'aria-label': `${option} of ${stage}` }
  const input =
    field.is === 'choice' || field.is === 'switch'
      ? element('select', {
          attributes: label,
          children: (field.is === 'switch' ? ['true', 'false'] : field.choices).map((choice) =>
            element('option', { text: choice, attributes: { value: choice } }),
          ),
        })
      : element('input', {
          attributes: {
            ...label,
            type: field.is,
            ...(field.is === 'number' && field.min !== null ? { min: String(field.min) } : {}),
            ...(field.is === 'number' && field.max !== null ? { max: String(field.max) } : {}),
            ...(field.is === 'number' ? { step: field.whole ? '1' : 'any' } : {}),
          },
        })
  input.value = optionText(value)
  const form = element('form', {
    class: 'option-form',
    children: [
      element('span', { class: 'option-name', text: option }),
      input,
      element('button', { class: 'button', text: 'Set', attributes: { 'aria-label': `Set ${option} of ${stage}` } }),
      told,
    ],
  })
  form.noValidate = true
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const wanted = optionValue(field, input.value)
    if (wanted === undefined) {
      setText(told, field.is === 'number' ? `a number${rangeWords(field)}` : 'write a value')
      return
    }
    setText(told, '…')
    void world.ask({ do: 'set', stage, option, value: wanted }).then((answer) => {
      setText(told, answer.is === 'done' ? 'set' : 'refused')
    })
  })
  return form
}

function rangeWords({ min, max }: { readonly min: number | null; readonly max: number | null }): string {
  if (min !== null && max !== null) return ` from ${String(min)} to ${String(max)}`
  if (min !== null) return ` from ${String(min)} on`
  return max === null ? '' : ` up to ${String(max)}`
}

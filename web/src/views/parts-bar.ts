import { element, setText } from '../dom/element.js'
import { fixed } from '../logic/format.js'

/** Where the age comes from: one bar, and each part by name. */
export function partsBar(
  bar: HTMLElement,
  legend: HTMLElement,
): { update(parts: readonly { readonly name: string; readonly ms: number }[]): void } {
  let names = ''
  return {
    update(parts) {
      bar.hidden = legend.hidden = parts.length === 0
      const now = parts.map(({ name }) => name).join()
      if (now !== names) {
        names = now
        bar.replaceChildren(...parts.map(() => element('span')))
        legend.replaceChildren(
          ...parts.map(({ name }) =>
            element('div', { children: [element('dt', { text: name }), element('dd', { class: 'mono' })] }),
          ),
        )
      }
      parts.forEach(({ ms }, i) => {
        const piece = bar.children[i]
        if (piece instanceof HTMLElement) piece.style.flexGrow = String(Math.max(0.01, ms))
        const told = legend.children[i]?.lastElementChild
        if (told) setText(told, fixed(ms, 1))
      })
    },
  }
}

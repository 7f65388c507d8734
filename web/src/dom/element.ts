type Options = {
  readonly class?: string
  readonly text?: string
  readonly attributes?: Readonly<Record<string, string>>
  readonly children?: readonly (Element | string)[]
}

/** A new element, in one expression. Inline styles are not among its attributes: the content security policy forbids them. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  options: Options = {},
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  fill(made, options)
  return made
}

export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  options: Options = {},
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  fill(made, options)
  return made
}

function fill(made: Element, options: Options): void {
  if (options.class !== undefined) made.setAttribute('class', options.class)
  if (options.text !== undefined) made.textContent = options.text
  for (const [name, value] of Object.entries(options.attributes ?? {})) made.setAttribute(name, value)
  if (options.children !== undefined) made.append(...options.children)
}

/** Writes only what changed, so that a page that stands still costs no layout. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

/** A `data-` attribute that the style sheet reads; null takes it away. */
export function setData(target: HTMLElement | SVGElement, name: string, value: string | null): void {
  if (value === null) {
    if (name in target.dataset) Reflect.deleteProperty(target.dataset, name)
  } else if (target.dataset[name] !== value) target.dataset[name] = value
}

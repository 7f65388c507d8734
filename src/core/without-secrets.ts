import { withoutPassword } from './media-address.js'

/** Names under which secrets are written. */
const secretName = /[\w-]*(?:passw(?:or)?d|passphrase|secret|token|credential|api[-_]?key)[\w-]*/i

const source = secretName.source
const inAddress = new RegExp(`([?&;]${source}=)[^&;\\s'"]+`, 'gi')
const wholeLine = new RegExp(`^(\\s*(?:- +)?['"]?${source}['"]?\\s*:)(?:\\s+(.*))?$`, 'i')
const inMap = new RegExp(
  `([{,]\\s*['"]?${source}['"]?\\s*:\\s*)(?:\\{[^{}]*\\}|\\[[^\\[\\]]*\\]|"[^"]*"|'[^']*'|[^,{}\\[\\]\\s]+)`,
  'gi',
)

/**
 * A text that people are shown, without what is secret in it: passwords in addresses, and what stands behind a name such as
 * `token` or `password`, be it in an address or in YAML, also over several lines.
 *
 * It goes by names, so that a secret under an innocent one is not found.
 */
export function withoutSecrets(text: string): string {
  /** How far a secret name is indented whose value stands on the lines below it. */
  let under: number | null = null
  return text
    .split('\n')
    .map((line) => {
      const indent = line.search(/\S/)
      if (indent < 0) return line
      if (under !== null && indent > under) return `${line.slice(0, indent)}…`
      const found = wholeLine.exec(line)
      under = found === null ? null : indent
      if (found !== null) return found[2] === undefined ? line : `${found[1] ?? ''} …`
      return withoutPassword(line).replace(inAddress, '$1…').replace(inMap, '$1…')
    })
    .join('\n')
}

/** The same of a value that goes out as JSON. */
export function valueWithoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return withoutPassword(value).replace(inAddress, '$1…')
  if (Array.isArray(value)) return value.map(valueWithoutSecrets)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, secretName.test(key) ? '…' : valueWithoutSecrets(item)]),
  )
}

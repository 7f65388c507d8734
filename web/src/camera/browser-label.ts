const browsers = [
  ['Edge', /Edg(?:e|A|iOS)?\//],
  ['Opera', /OPR\//],
  ['Samsung Internet', /SamsungBrowser\//],
  ['Firefox', /(?:Firefox|FxiOS)\//],
  ['Chrome', /(?:Chrome|CriOS)\//],
  ['Safari', /Safari\//],
] as const

const systems = [
  ['Android', /Android/],
  ['iPhone', /iPhone/],
  ['iPad', /iPad/],
  ['Windows', /Windows/],
  ['macOS', /Mac OS X/],
  ['ChromeOS', /CrOS/],
  ['Linux', /Linux/],
] as const

/** A browser as people call it: `Chrome on Android`. */
export function browserLabel(userAgent: string): string {
  const browser = browsers.find(([, has]) => has.test(userAgent))?.[0] ?? 'A browser'
  const system = systems.find(([, has]) => has.test(userAgent))?.[0]
  return system === undefined ? browser : `${browser} on ${system}`
}

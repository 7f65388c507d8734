/** A path as one mounts under: `/robot`, and `` for all of a server. */
export function mountBase(path: string): string {
  return path.replace(/\/+$/, '')
}

/** The path of a request's address within a mount, without its query; null where it lies elsewhere. */
export function pathWithin(base: string, url: string | undefined): string | null {
  // Not by URL: it throws at what any page may ask for (`//`), and takes `//a/b` for the path /b of another host.
  const [asked = ''] = (url ?? '/').split(/[?#]/, 1)
  if (asked === base) return '/'
  return asked.startsWith(`${base}/`) ? asked.slice(base.length) : null
}

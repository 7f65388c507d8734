import { fileURLToPath } from 'node:url'

/** The package's own folder: the same from `src/adapters` and from `dist/adapters`. */
const root = new URL('../../', import.meta.url)

/** A folder that the package carries: `media`, `pipelines`, `dist/web`. */
export function folderOf(name: string): string {
  return fileURLToPath(new URL(`${name}/`, root))
}

/** A built module that a worker loads by its address: `vision/blazeface`. Workers are always the built files. */
export function moduleOf(name: string): URL {
  return new URL(`dist/${name}.js`, root)
}

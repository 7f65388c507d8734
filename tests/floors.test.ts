import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Imports go down only, and rooms on one floor do not know each other. */
const floors: Readonly<Record<string, number>> = {
  core: 0,
  adapters: 1,
  robot: 1,
  vision: 1,
  audio: 1,
  streams: 2,
  operators: 2,
  sinks: 2,
  engine: 3,
  testing: 4,
  client: 4,
  'index.ts': 4,
  cli: 5,
}

/** `package.json#imports` chooses the set of adapters: by this door alone core and engine get one, and only a default. */
const adaptersDoor = '#adapters'
const mayUseTheDoor = ['src/core/runtime.ts', 'src/engine/create-pipeline.ts']

/** The language of the house: imported anywhere. */
const language = ['rxjs', 'zod']

/** Time, processes and bytes of Node are for adapters and the command line. */
const nodeGlobals = ['process', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'Date', 'require']

type Source = { readonly path: string; readonly room: string; readonly tree: ts.SourceFile }

const sources = readFolder('src')
const page = readFolder('web/src')

function readFolder(folder: string): readonly Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = `${folder}/${name.split(sep).join('/')}`
      const text = readFileSync(join(root, path), 'utf8')
      return {
        path,
        room: path.split('/')[1] ?? '',
        tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true),
      }
    })
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => {
    walk(child, visit)
  })
}

/** Every specifier that a file imports: static, of types alone (unless `atRunTime`), dynamic, or by a `require` of whatever name. */
function importsOf({ tree }: Source, atRunTime = false): readonly string[] {
  const found: string[] = []
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
      const isOfTypes = ts.isImportDeclaration(node)
        ? node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
        : node.isTypeOnly
      if (atRunTime && isOfTypes) return
      if (node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier))
        found.push(node.moduleSpecifier.text)
    } else if (!atRunTime && ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) found.push(node.argument.literal.text)
    } else if (ts.isCallExpression(node)) {
      const [first] = node.arguments
      if (first === undefined || !ts.isStringLiteral(first)) return
      const isRequire =
        (ts.isIdentifier(node.expression) && node.expression.text === 'require') ||
        (ts.isCallExpression(node.expression) && node.expression.expression.getText() === 'createRequire')
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword || isRequire) found.push(first.text)
    }
  })
  return found
}

/** The package of a foreign specifier; null for our own files and for Node. */
function packageOf(specifier: string): string | null {
  if (/^[.#]/.test(specifier) || specifier.startsWith('node:')) return null
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Where a relative import leads, as a path of the project: `src/core/packet.ts`. */
function targetOf(source: Source, specifier: string): string {
  const file = resolve(root, dirname(source.path), specifier)
  return relative(root, file).split(sep).join('/').replace(/\.js$/, '.ts')
}

describe('floors', () => {
  test('there is something to look at', () => {
    expect(sources.length).toBeGreaterThan(80)
    expect(page.length).toBeGreaterThan(20)
  })

  test('every room has its floor', () => {
    const rooms = [...new Set(sources.map(({ room }) => room))]
    expect(rooms.filter((room) => floors[room] === undefined)).toEqual([])
  })

  test('imports go down only, and rooms on one floor do not know each other', () => {
    const upward = sources.flatMap((source) =>
      importsOf(source)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => targetOf(source, specifier))
        .filter((target) => {
          const room = target.split('/')[1] ?? ''
          if (room === source.room) return false
          return !((floors[room] ?? Infinity) < (floors[source.room] ?? -Infinity))
        })
        .map((target) => `${source.path} → ${target}`),
    )
    expect(upward).toEqual([])
  })

  test('the default adapters come in by one door', () => {
    const users = sources.filter((source) => importsOf(source).includes(adaptersDoor)).map(({ path }) => path)
    expect(users.sort()).toEqual(mayUseTheDoor)
    const others = sources.flatMap((source) =>
      importsOf(source).filter((one) => one.startsWith('#') && one !== adaptersDoor),
    )
    expect(others).toEqual([])
  })

  test('no files import each other in a ring at run time', () => {
    const edges = new Map(
      sources.map((source) => [
        source.path,
        importsOf(source, true)
          .filter((specifier) => specifier.startsWith('.'))
          .map((specifier) => targetOf(source, specifier)),
      ]),
    )
    expect(cyclesOf(edges)).toEqual([])
  })

  test('a foreign package is imported by exactly one file, types included', () => {
    const users = new Map<string, string[]>()
    for (const source of sources) {
      for (const name of new Set(importsOf(source).map(packageOf))) {
        if (name !== null && !language.includes(name)) users.set(name, [...(users.get(name) ?? []), source.path])
      }
    }
    expect([...users].filter(([, files]) => files.length > 1)).toEqual([])
    const facts = readFileSync(join(root, 'package.json'), 'utf8')
    const named = z.record(z.string(), z.string())
    const declared = z
      .object({ dependencies: named, optionalDependencies: named, peerDependencies: named })
      .parse(JSON.parse(facts))
    const known = Object.values(declared).flatMap((names) => Object.keys(names))
    expect([...users.keys()].filter((name) => !known.includes(name))).toEqual([])
    expect([...users.keys()]).toContain('onnxruntime-node')
  })

  test('node: modules are for adapters and the command line', () => {
    const users = sources
      .filter(({ room }) => room !== 'adapters' && room !== 'cli')
      .filter((source) => importsOf(source).some((specifier) => specifier.startsWith('node:')))
    expect(users.map(({ path }) => path)).toEqual([])
  })

  test('time, processes and buffers of Node are for adapters and the command line', () => {
    const uses = sources
      .filter(({ room }) => room !== 'adapters' && room !== 'cli')
      .flatMap((source) => globalsOf(source).map((name) => `${source.path}: ${name}`))
    expect(uses).toEqual([])
    const inAdapters = sources.filter(({ room }) => room === 'adapters').flatMap(globalsOf)
    expect(inAdapters).toContain('performance')
  })

  test('the page knows the wire and the client, and nothing else of the package', () => {
    const known = page.flatMap((source) =>
      importsOf(source)
        .filter((one) => one.startsWith('.'))
        .map((one) => targetOf(source, one)),
    )
    expect([...new Set(known.filter((target) => !target.startsWith('web/')))].sort()).toEqual([
      'src/client/index.ts',
      'src/core/wire.ts',
    ])
    // And what of the package comes to a browser with them needs none of its packages.
    const reached = new Set(['src/client/index.ts', 'src/core/wire.ts'])
    for (const path of reached) {
      const source = sources.find((one) => one.path === path)
      if (source === undefined) continue
      for (const specifier of importsOf(source, true)) {
        expect(packageOf(specifier), path).toBeNull()
        if (specifier.startsWith('.')) reached.add(targetOf(source, specifier))
      }
    }
    expect(reached.size).toBeGreaterThan(8)
  })
})

/** Names of Node's globals that a file uses: as values, not as names of properties or in types. */
function globalsOf({ tree }: Source): readonly string[] {
  const found: string[] = []
  walk(tree, (node) => {
    if (!ts.isIdentifier(node) || !nodeGlobals.includes(node.text)) return
    const { parent } = node
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node
    const isOfGlobalThis = isMember && parent.expression.getText() === 'globalThis'
    const isName = 'name' in parent && parent.name === node && !ts.isPropertyAccessExpression(parent)
    if (isOfGlobalThis || (!isMember && !isName)) found.push(node.text)
  })
  return found
}

/** Files that import each other in a ring, each ring told once. */
function cyclesOf(edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>()
  const rings: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path)
    if (at >= 0) rings.push([...way.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return rings
}

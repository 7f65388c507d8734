import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileFunction } from 'node:vm'
import { EMPTY, NEVER, Observable, Subscription } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { threshold } from '../../examples/threshold/threshold.js'
import { Runtime } from '../../src/core/runtime.js'
import { createRegistry } from '../../src/engine/registry.js'
import * as operators from '../../src/operators/index.js'
import * as sinks from '../../src/sinks/index.js'
import * as streams from '../../src/streams/index.js'
import { root } from './documents.js'

const rooms = { stream: 'streams', operator: 'operators', sink: 'sinks' } as const

const stages = [...createRegistry().values()].map(({ name, kind }) => ({ name, file: `src/${rooms[kind]}/${name}.ts` }))
/** Plain functions: what takes code cannot stand in a file. */
const plain = [{ name: 'process', file: 'src/operators/process.ts' }]
const all = [...stages, ...plain, { name: threshold.definition.name, file: 'examples/threshold/threshold.ts' }]

/** The code behind `@example`, up to the next tag or the end of the comment. */
function exampleIn(file: string): string {
  const text = readFileSync(join(root, file), 'utf8')
  const found = /^ \* @example\n((?: \*(?! @)(?!\/).*\n)+)/m.exec(text)
  return (found?.[1] ?? '').replaceAll(/^ \* ?/gm, '').trim()
}

const camel = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())

describe('the example of every stage', () => {
  test('there is a file of its name, in its room', () => {
    expect(stages.filter(({ file }) => !existsSync(join(root, file))).map(({ name }) => name)).toEqual([])
    expect(stages.length).toBeGreaterThan(10)
  })

  test.each(all)('$name: names the stage, and runs', async ({ name, file }) => {
    const example = exampleIn(file)
    expect(example).toMatch(new RegExp(`\\b(?:${name}|${camel(name)})\\b`))
    if (example.startsWith('// in a file: ')) {
      const entry: unknown = parse(`{ ${example.replace('// in a file: ', '')} }`)
      expect(Object.values(entry as object)[0]).toHaveProperty(name)
      return
    }
    const runtime = new Runtime()
    const made = runtime.run(() => run(example))
    // An example that subscribes has opened something: it must let go of it.
    if (made instanceof Subscription) made.unsubscribe()
    else {
      expect(made).toBeInstanceOf(Observable)
      ;(made as Observable<unknown>).subscribe().unsubscribe()
    }
    await runtime.closed()
    expect(runtime.pool.count().lent).toBe(0)
  })
})

/** Runs an example with the stages and some streams of a name ending in $ around it, as a reader has them. */
function run(example: string): unknown {
  const silent = { log: () => undefined }
  const streamNames = [...new Set(example.match(/\b\w+\$/g) ?? [])].filter(
    (name) => !['video$', 'audio$'].includes(name),
  )
  const around = { ...operators, ...sinks, ...streams, threshold, console: silent, EMPTY }
  const names = [...Object.keys(around), ...streamNames]
  const values = [...Object.values(around), ...streamNames.map(() => NEVER)]
  const made = compileFunction(`return (${example})`, names) as (...around: readonly unknown[]) => unknown
  return made(...values)
}

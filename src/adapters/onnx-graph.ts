import { bytesOf, type Field, integersOf, readFields, textOf, textsOf, writeFields } from './protobuf.js'

/** A node, never changed: another one takes its place. */
export type GraphNode = {
  /** Of the standard operators; those of others with their domain, as `com.microsoft.QuickGelu`. */
  readonly op: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** The bytes of each message: most are never looked at. */
  readonly attributes: readonly Uint8Array[]
  /** As it was read; what is made anew has none. */
  readonly raw?: Uint8Array
}

export type Weights = { readonly dims: readonly number[]; readonly data: Float32Array }

/** Numbers of fields in onnx.proto. */
const model = { graph: 7 }
const graph = { node: 1, initializer: 5, input: 11, output: 12 }
const node = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 }
const attribute = { name: 1, integer: 3, tensor: 5, graph: 6, integers: 8, graphs: 11, type: 20 }
const tensor = { dims: 1, type: 2, floats: 4, integers: 7, name: 8, raw: 9, external: 13, location: 14 }
const value = { name: 1, type: 2 }
const type = { tensor: 1 }
const tensorType = { shape: 2 }
const shape = { dim: 1 }
const dim = { size: 1 }
const [float32, int64] = [1, 7]
const [integerType, integersType] = [2, 7]

/** Standard operators that hold no graphs. Of all others each attribute is looked at. */
const plainOps: ReadonlySet<string> = new Set(
  [
    'Add BatchNormalization Cast Clip Concat Constant ConstantOfShape Conv Gemm LeakyRelu MatMul',
    'MaxPool Mul PRelu Pad Relu Reshape Resize Sigmoid Slice Sub Transpose',
  ].flatMap((names) => names.split(' ')),
)

/**
 * The graph of an ONNX file, so far as one must know it to put other nodes in the place of some. What is not understood
 * stays as it is. A file is read whenever a model is loaded, so nothing is read before it is asked for.
 */
export class OnnxGraph {
  readonly #file: Uint8Array
  readonly #model: readonly Field[]
  readonly #body: Uint8Array
  readonly #graph: readonly Field[]
  readonly #byOutput: Map<string, GraphNode>
  readonly #added: Uint8Array[] = []
  #nodes: readonly GraphNode[]
  #known: Map<string, readonly Field[]> | null = null
  #answers: ReadonlySet<string> | null = null

  /** @throws Error where the bytes are no protobuf */
  constructor(file: Uint8Array) {
    // Slices of a Buffer take longer to make.
    this.#file = new Uint8Array(file.buffer, file.byteOffset, file.length)
    this.#model = readFields(this.#file)
    this.#body = bytesOf(this.#model, model.graph)
    this.#graph = readFields(this.#body)
    this.#nodes = this.#graph.filter(({ no }) => no === graph.node).map(({ bytes }) => readNode(bytes))
    this.#byOutput = new Map(this.#nodes.flatMap((one) => one.outputs.map((name) => [name, one] as const)))
  }

  get nodes(): readonly GraphNode[] {
    return this.#nodes
  }

  /** The node that a tensor comes from; undefined for an input and for weights. */
  from(name: string | undefined): GraphNode | undefined {
    return name === undefined ? undefined : this.#byOutput.get(name)
  }

  /** The one node that reads a tensor, which is not an output of the graph; undefined where there are more or none. */
  onlyReader(name: string): GraphNode | undefined {
    const readers = this.#nodes.filter(({ inputs }) => inputs.includes(name))
    return readers.length === 1 && !this.#outputs().has(name) ? readers[0] : undefined
  }

  /** The sizes of an input of the graph, null for those that are open; undefined for what is no input. */
  sizes(name: string): readonly (number | null)[] | undefined {
    const inputs = this.#graph.filter(({ no }) => no === graph.input).map(({ bytes }) => readFields(bytes))
    const found = inputs.find((fields) => textOf(fields, value.name) === name)
    const within = (fields: readonly Field[], no: number): readonly Field[] => readFields(bytesOf(fields, no))
    if (found === undefined) return undefined
    const dims = within(within(within(found, value.type), type.tensor), tensorType.shape)
    return dims
      .filter(({ no }) => no === shape.dim)
      .map(({ bytes }) => integersOf(readFields(bytes), dim.size).at(-1) ?? null)
  }

  /** Weights of float32; null for what is computed, or of another type. */
  weights(name: string | undefined): Weights | null {
    const fields = this.#constant(name, float32)
    if (fields === null) return null
    const dims = integersOf(fields, tensor.dims)
    const raw = fields.find(({ no }) => no === tensor.raw || no === tensor.floats)?.bytes
    const data = new Float32Array(copied(raw))
    return data.length === dims.reduce((product, size) => product * size, 1) ? { dims, data } : null
  }

  /** Integers that are known beforehand; null for what is computed, or of another type. Those of 2^53 and more are not exact. */
  integers(name: string | undefined): readonly number[] | null {
    const fields = this.#constant(name, int64)
    if (fields === null) return null
    const raw = fields.find(({ no }) => no === tensor.raw)?.bytes
    return raw === undefined ? integersOf(fields, tensor.integers) : [...new BigInt64Array(copied(raw))].map(Number)
  }

  addIntegers(name: string, integers: readonly number[]): void {
    const raw = new Uint8Array(BigInt64Array.from(integers, BigInt).buffer)
    this.#add(name, [
      [tensor.dims, integers.length],
      [tensor.type, int64],
      [tensor.raw, raw],
    ])
  }

  addWeights(name: string, { dims, data }: Weights): void {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const sizes = dims.map((size) => [tensor.dims, size] as const)
    this.#add(name, [...sizes, [tensor.type, float32], [tensor.raw, raw]])
  }

  /** Puts a node in the place of another one. */
  replace(old: GraphNode, made: GraphNode): void {
    this.#nodes = this.#nodes.map((one) => (one === old ? made : one))
    for (const name of made.outputs) this.#byOutput.set(name, made)
  }

  /**
   * The file anew, without nodes that nobody reads any more.
   *
   * @returns null where the graph is not to be changed: with graphs within nodes, which may read anything around them, or with
   * weights in files beside it, which are found from its path alone
   */
  write(): Uint8Array | null {
    if (this.#nodes.some(holdsGraph) || [...this.#constants().values()].some(isElsewhere)) return null
    const nodes = this.#needed(this.#nodes).map((one) => [graph.node, one.raw ?? writeNode(one)] as const)
    const added = this.#added.map((bytes) => [graph.initializer, bytes] as const)
    const others = this.#graph.filter(({ no }) => no !== graph.node)
    const body = writeFields([...others.map(({ from, to }) => this.#body.subarray(from, to)), ...nodes, ...added])
    return writeFields(
      this.#model.map(({ no, from, to }) => (no === model.graph ? [no, body] : this.#file.subarray(from, to))),
    )
  }

  #add(name: string, fields: Parameters<typeof writeFields>[0]): void {
    const bytes = writeFields([...fields, [tensor.name, name]])
    this.#added.push(bytes)
    this.#constants().set(name, readFields(bytes))
  }

  #constants(): Map<string, readonly Field[]> {
    if (this.#known !== null) return this.#known
    const found = this.#graph.filter(({ no }) => no === graph.initializer).map(({ bytes }) => readFields(bytes))
    const known = new Map(found.map((fields) => [textOf(fields, tensor.name), fields]))
    for (const node of this.#nodes) {
      const held = node.op === 'Constant' ? attributeOf(node, 'value') : undefined
      const [name] = node.outputs
      if (held !== undefined && name !== undefined) known.set(name, readFields(bytesOf(held, attribute.tensor)))
    }
    this.#known = known
    return known
  }

  #outputs(): ReadonlySet<string> {
    const told = this.#graph.filter(({ no }) => no === graph.output)
    this.#answers ??= new Set(told.map(({ bytes }) => textOf(readFields(bytes), value.name)))
    return this.#answers
  }

  #constant(name: string | undefined, type: number): readonly Field[] | null {
    const fields = name === undefined ? undefined : this.#constants().get(name)
    return fields && integersOf(fields, tensor.type).at(-1) === type ? fields : null
  }

  #needed(nodes: readonly GraphNode[]): readonly GraphNode[] {
    const read = new Set(nodes.flatMap(({ inputs }) => inputs))
    const needed = nodes.filter(({ outputs }) => outputs.some((name) => read.has(name) || this.#outputs().has(name)))
    return needed.length === nodes.length ? nodes : this.#needed(needed)
  }
}

/** The fields of an attribute; undefined where it is missing. */
function attributeOf({ attributes }: GraphNode, name: string): readonly Field[] | undefined {
  return attributes.map(readFields).find((fields) => textOf(fields, attribute.name) === name)
}

export function hasAttribute(node: GraphNode, name: string): boolean {
  return attributeOf(node, name) !== undefined
}

/** The integers of an attribute, one or several; null where it is missing, undefined where it is something else. */
export function integersIn(node: GraphNode, name: string): readonly number[] | null | undefined {
  const fields = attributeOf(node, name)
  if (fields === undefined) return null
  const type = integersOf(fields, attribute.type).at(-1)
  if (type === integersType) return integersOf(fields, attribute.integers)
  // A zero need not be written.
  return type === integerType ? [integersOf(fields, attribute.integer).at(-1) ?? 0] : undefined
}

/** The attributes of a node, but for these lists of integers. */
export function withIntegers(
  node: GraphNode | null,
  lists: Readonly<Record<string, readonly number[]>>,
): readonly Uint8Array[] {
  const kept = (node?.attributes ?? []).filter((bytes) => !(textOf(readFields(bytes), attribute.name) in lists))
  const made = Object.entries(lists).map(([name, integers]) => {
    const list = integers.map((one) => [attribute.integers, one] as const)
    return writeFields([[attribute.name, name], ...list, [attribute.type, integersType]])
  })
  return [...kept, ...made]
}

/** In a place of its own: in the file it may begin anywhere. */
function copied(bytes: Uint8Array | undefined): ArrayBuffer {
  return new Uint8Array(bytes ?? []).buffer
}

function readNode(bytes: Uint8Array): GraphNode {
  const fields = readFields(bytes)
  const [domain, op] = [textOf(fields, node.domain), textOf(fields, node.op)]
  return {
    op: domain === '' || domain === 'ai.onnx' ? op : `${domain}.${op}`,
    inputs: textsOf(fields, node.input),
    outputs: textsOf(fields, node.output),
    attributes: fields.filter(({ no }) => no === node.attribute).map((field) => field.bytes),
    raw: bytes,
  }
}

function writeNode({ op, inputs, outputs, attributes }: GraphNode): Uint8Array {
  return writeFields([
    ...inputs.map((name) => [node.input, name] as const),
    ...outputs.map((name) => [node.output, name] as const),
    [node.op, op],
    ...attributes.map((bytes) => [node.attribute, bytes] as const),
  ])
}

function holdsGraph({ op, attributes }: GraphNode): boolean {
  if (plainOps.has(op)) return false
  return attributes.some((bytes) =>
    readFields(bytes).some(({ no }) => no === attribute.graph || no === attribute.graphs),
  )
}

function isElsewhere(fields: readonly Field[]): boolean {
  return fields.some(({ no }) => no === tensor.external) || integersOf(fields, tensor.location).includes(1)
}

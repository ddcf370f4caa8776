// Circuits printed as WGSL, a row a thread, in chunks that compilers take in a second: each chunk is a kernel that adds
// its part to what the chunks before it left.
import {
  type BaseNode,
  type ConstraintGraph,
  childrenOf,
  type DotTerm,
  type ExtensionNode,
  type GraphNode,
  type LogupGraph,
  type LogupPair,
  type Slot,
} from './circuit_graph.ts';
import { declare, type Generated } from './word_wgsl.ts';

/** Base products of a chunk, and columns it may read. More is slow to compile and spills registers. */
const MAX_PRODUCTS = 400;
const MAX_COLUMNS = 64;
/** Pairs inverted together: the more, the less each costs, and the more values are live. */
const MAX_PAIRS = 6;
/** Base products of a QM31 product, of an inversion in M31, and of what each pair adds to a batch of inversions. */
const QM31_PRODUCT = 9;
const INVERSION = 38;
const PAIR = 31;

export type CircuitBinding = 'trace' | 'preprocessed' | 'secure' | 'sums' | 'out' | 'totals';

export interface CircuitChunk extends Generated<CircuitBinding> {
  /** The parameters it takes, in order, as uniform `slots` at binding 1; the bindings come after. */
  readonly slots: readonly Slot[];
  readonly products: number;
}

const powerOfTwo = (n: BaseNode): number | null => {
  const log = n.kind === 'const' && n.value > 0 ? Math.log2(n.value) : -1;
  return Number.isInteger(log) && log >= 0 ? log : null;
};

const products = (n: GraphNode): number => {
  if (n.kind === 'mul') return powerOfTwo(n.a) === null && powerOfTwo(n.b) === null ? 1 : 0;
  if (n.kind === 'dot') return 4 * n.terms.length;
  return n.kind === 'mac' ? QM31_PRODUCT : n.kind === 'macb' ? 4 : 0;
};

/** Prints the nodes that it is asked for, each once, operands first. */
class Printer {
  readonly lines: string[] = [];
  readonly slots: Slot[] = [];
  products = 0;
  columns = 0;
  readonly #names = new Map<GraphNode, string>();
  readonly #allSlots: readonly Slot[];
  readonly #slotNames = new Map<number, string>();

  constructor(slots: readonly Slot[]) {
    this.#allSlots = slots;
  }

  slot(index: number): string {
    const known = this.#slotNames.get(index);
    if (known !== undefined) return known;
    const name = `slots[${this.slots.push(this.#allSlots[index] as Slot) - 1}]`;
    this.#slotNames.set(index, name);
    return name;
  }

  dot(init: string | null, terms: readonly DotTerm[]): string {
    return terms.reduce<string | null>((sum, { slot, value }) => {
      const product = `qm31_mul_base(${this.slot(slot)}, ${this.base(value)})`;
      return sum === null ? product : this.#define(`qm31_add(${sum}, ${product})`);
    }, init) as string;
  }

  base(n: BaseNode): string {
    return this.#name(n, () => {
      switch (n.kind) {
        case 'const':
          return `${n.value}u`;
        case 'column':
          this.columns++;
          return this.#define(
            n.fixed
              ? `preprocessed[params.fixed_offset + ${n.index}u * params.fixed_stride + row]`
              : `trace[params.trace_offset + ${n.index}u * params.trace_stride + row]`,
          );
        case 'mul': {
          const [a, b] = [powerOfTwo(n.a), powerOfTwo(n.b)];
          if (b !== null) return this.#define(`m31_rotate(${this.base(n.a)}, ${b}u)`);
          if (a !== null) return this.#define(`m31_rotate(${this.base(n.b)}, ${a}u)`);
          return this.#define(`m31_mul(${this.base(n.a)}, ${this.base(n.b)})`);
        }
        default:
          return this.#define(`m31_${n.kind}(${this.base(n.a)}, ${this.base(n.b)})`);
      }
    });
  }

  extension(n: ExtensionNode): string {
    return this.#name(n, () => {
      switch (n.kind) {
        case 'param':
          return this.slot(n.slot);
        case 'secure':
          return this.#define(`read_secure(${n.index}u, ${n.previous ? 'previous' : 'row'})`);
        case 'dot':
          return this.#define(this.dot(n.init === null ? null : this.extension(n.init), n.terms));
        case 'eadd':
        case 'esub':
          return this.#define(`qm31_${n.kind.slice(1)}(${this.extension(n.a)}, ${this.extension(n.b)})`);
        case 'mac':
        case 'macb': {
          const [b, c] = [this.extension(n.b), n.kind === 'mac' ? this.extension(n.c) : this.base(n.c)];
          const product = `qm31_mul${n.kind === 'mac' ? '' : '_base'}(${b}, ${c})`;
          if (n.a === null) return this.#define(product);
          return this.#define(`qm31_${n.negate ? 'sub' : 'add'}(${product}, ${this.extension(n.a)})`);
        }
      }
    });
  }

  /** A new variable. */
  #define(value: string): string {
    const name = `v${this.lines.length}`;
    this.lines.push(`  let ${name} = ${value};`);
    return name;
  }

  #name(n: GraphNode, print: () => string): string {
    const known = this.#names.get(n);
    if (known !== undefined) return known;
    const name = print();
    this.products += products(n);
    this.#names.set(n, name);
    return name;
  }
}

/** What printing these nodes adds to a chunk that has the nodes in `seen` already. */
const addition = (roots: readonly GraphNode[], seen: Set<GraphNode>): { products: number; columns: number } => {
  const cost = { products: 0, columns: 0 };
  const visit = (n: GraphNode): void => {
    if (seen.has(n)) return;
    seen.add(n);
    childrenOf(n).forEach(visit);
    cost.products += products(n);
    if (n.kind === 'column') cost.columns++;
  };
  roots.forEach(visit);
  return cost;
};

/** Cuts a list into runs of at most `most` items and `limit` products. `own` is what an item costs besides its nodes. */
const cutAt = <T>(
  items: readonly T[],
  nodes: (item: T) => readonly GraphNode[],
  own: number,
  most: number,
  limit: number,
): T[][] => {
  const chunks: T[][] = [];
  let seen = new Set<GraphNode>();
  let total = { products: 0, columns: 0 };
  for (const item of items) {
    const chunk = chunks.at(-1);
    const more = addition(nodes(item), new Set(seen));
    const grown = { products: total.products + more.products + own, columns: total.columns + more.columns };
    const fits = grown.products <= limit && grown.columns <= MAX_COLUMNS && (chunk?.length ?? most) < most;
    if (chunk !== undefined && fits) {
      chunk.push(item);
      total = grown;
    } else {
      chunks.push([item]);
      seen = new Set();
      const alone = addition(nodes(item), new Set());
      total = { products: alone.products + own, columns: alone.columns };
    }
    addition(nodes(item), seen);
  }
  return chunks;
};

/** As few chunks as the bounds allow, of about the same size. */
const cut = <T>(items: readonly T[], nodes: (item: T) => readonly GraphNode[], own: number, most: number): T[][] => {
  const fewest = cutAt(items, nodes, own, most, MAX_PRODUCTS);
  for (let limit = MAX_PRODUCTS / 4; limit < MAX_PRODUCTS; limit += MAX_PRODUCTS / 40) {
    const chunks = cutAt(items, nodes, own, most, limit);
    if (chunks.length <= fewest.length) return chunks;
  }
  return fewest;
};

const TYPES = {
  ...{ trace: 'array<u32>', preprocessed: 'array<u32>', secure: 'array<u32>' },
  ...{ sums: 'rw array<u32>', out: 'rw array<u32>', totals: 'rw array<u32>' },
} as const;

const HEAD = `// import lib/coset
// import lib/qm31
@group(0) @binding(0) var<uniform> params: Params;

fn m31_rotate(x: u32, n: u32) -> u32 {
  return ((x << n) | (x >> (31u - n))) & P;
}
`;

const START = `@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 64u + lane;`;

const finish = (printer: Printer, body: string): CircuitChunk => {
  const { slots, products: count } = printer;
  const uniform = `@group(0) @binding(1) var<uniform> slots: array<vec4u, ${Math.max(1, slots.length)}>;\n`;
  const { code, bindings } = declare<CircuitBinding>(TYPES, body, 2);
  return { code: uniform + code, bindings, slots, products: count };
};

/** The parameters of shaders/constraints_interpret.wgsl. Each chunk adds to the sums; only the first may overwrite. */
export const constraintChunks = ({ slots, baseTerms, extensionTerms }: ConstraintGraph): CircuitChunk[] => {
  type Term = { readonly base: DotTerm } | { readonly slot: number; readonly value: ExtensionNode };
  const terms: Term[] = [...baseTerms.map((base) => ({ base })), ...extensionTerms];
  const nodes = (t: Term): readonly GraphNode[] => ['base' in t ? t.base.value : t.value];
  return cut(terms, nodes, QM31_PRODUCT, terms.length).map((chunk) => {
    const printer = new Printer(slots);
    const base = chunk.flatMap((t) => ('base' in t ? [t.base] : []));
    if (base.length > 0) printer.lines.push(`  sum = qm31_add(sum, ${printer.dot(null, base)});`);
    for (const t of chunk) {
      if ('base' in t) continue;
      const value = printer.extension(t.value);
      printer.lines.push(`  sum = qm31_add(sum, qm31_mul(${printer.slot(t.slot)}, ${value}));`);
    }
    const needsSecure = printer.lines.some((line) => line.includes('read_secure('));
    const secure = `fn read_secure(column: u32, row: u32) -> vec4u {
  let f = vec4u(params.secure_offset + row) + (vec4u(4u * column) + vec4u(0u, 1u, 2u, 3u)) * params.secure_stride;
  return vec4u(secure[f.x], secure[f.y], secure[f.z], secure[f.w]);
}
`;
    const body = `${HEAD}struct Params {
  log_size: u32, log_blowup: u32, secure_offset: u32, secure_stride: u32,
  sums_offset: u32, sums_stride: u32, overwrite: u32, unused: u32,
  trace_offset: u32, trace_stride: u32, fixed_offset: u32, fixed_stride: u32,
}
${needsSecure ? secure : ''}
${START}
  if (row >= (1u << params.log_size)) {
    return;
  }
  let previous = previous_row(row, params.log_size, params.log_blowup);
  let d = vec4u(params.sums_offset + row) + vec4u(0u, 1u, 2u, 3u) * params.sums_stride;
  var sum = vec4u(0u);
  if (params.overwrite == 0u) {
    sum = vec4u(sums[d.x], sums[d.y], sums[d.z], sums[d.w]);
  }
${printer.lines.join('\n')}
  sums[d.x] = sum.x;
  sums[d.y] = sum.y;
  sums[d.z] = sum.z;
  sums[d.w] = sum.w;
}
`;
    return finish(printer, body);
  });
};

/** Statements that divide the pairs, with one inversion for all, and add them up; `column` is the first one's. */
const division = (printer: Printer, pairs: readonly LogupPair[], column: number, columns: number): string[] => {
  const lines: string[] = [];
  let product = '';
  pairs.forEach(({ numerator, denominator }, j) => {
    const [n, d] = [printer.extension(numerator), printer.extension(denominator)];
    lines.push(
      `  let n${j} = qm31_norm(${d});`,
      `  let m${j} = cm31_norm(n${j});`,
      `  let w${j} = qm31_mul(${n}, qm31_conj(${d}));`,
    );
    product = j === 0 ? 'm0' : `m31_mul(${product}, m${j})`;
    lines.push(`  let p${j} = ${product};`);
    product = `p${j}`;
  });
  lines.push(`  let i${pairs.length - 1} = m31_inverse(${product});`);
  for (let j = pairs.length - 1; j > 0; j--) {
    lines.push(`  let s${j} = m31_mul(i${j}, p${j - 1});`, `  let i${j - 1} = m31_mul(i${j}, m${j});`);
  }
  lines.push('  let s0 = i0;');
  pairs.forEach(({ negative }, j) => {
    const inverse = `vec2u(m31_mul(n${j}.x, s${j}), m31_mul(m31_neg(n${j}.y), s${j}))`;
    lines.push(`  sum = qm31_${negative ? 'sub' : 'add'}(sum, qm31_mul_cm31(w${j}, ${inverse}));`);
    lines.push(column + j === columns - 1 ? '  write_total(sum, row);' : `  write_column(${column + j}u, sum, row);`);
  });
  return lines;
};

/** The parameters of shaders/logup_interpret.wgsl. Chunks after the first go on from the column before their own. */
export const logupChunks = ({ slots, pairs }: LogupGraph): CircuitChunk[] => {
  let column = 0;
  return cut(pairs, (p) => [p.numerator, p.denominator], PAIR, MAX_PAIRS).map((chunk) => {
    const printer = new Printer(slots);
    const dividing = division(printer, chunk, column, pairs.length);
    printer.products += chunk.length * PAIR + INVERSION;
    const isLast = column + chunk.length === pairs.length;
    const address = (base: string, first: string): string =>
      `vec4u(params.${base}_offset + row) + (${first}vec4u(0u, 1u, 2u, 3u)) * params.${base}_stride`;
    const stores = (buffer: string): string =>
      ['x', 'y', 'z', 'w'].map((c) => `  ${buffer}[d.${c}] = v.${c};`).join('\n');
    const writeColumn = `fn write_column(column: u32, v: vec4u, row: u32) {
  let d = ${address('out', 'vec4u(4u * column) + ')};
${stores('out')}
}
`;
    const writeTotal = `fn write_total(v: vec4u, row: u32) {
  let d = ${address('totals', '')};
${stores('totals')}
}
`;
    const before = `  let d = ${address('out', `vec4u(${4 * (column - 1)}u) + `)};
  var sum = vec4u(out[d.x], out[d.y], out[d.z], out[d.w]);`;
    const body = `${HEAD}struct Params {
  rows: u32, pairs: u32, out_offset: u32, out_stride: u32,
  totals_offset: u32, totals_stride: u32, unused0: u32, unused1: u32,
  trace_offset: u32, trace_stride: u32, fixed_offset: u32, fixed_stride: u32,
}
${isLast && chunk.length === 1 ? '' : writeColumn}${isLast ? writeTotal : ''}
${START}
  if (row >= params.rows) {
    return;
  }
${column === 0 ? '  var sum = vec4u(0u);' : before}
${[...printer.lines, ...dividing].join('\n')}
}
`;
    column += chunk.length;
    return finish(printer, body);
  });
};

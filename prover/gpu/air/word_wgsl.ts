// Word programs printed as WGSL, one row a thread.
import { P } from '../../../src/core/field.ts';
import type { CountProgram, WitnessProgram } from './programs.ts';
import { bound, topological, type Word } from './word_graph.ts';

const INFIX: Readonly<Record<string, string>> = {
  ...{ add: '+', sub: '-', mul: '*', and: '&', or: '|', xor: '^' },
};

const CALLS: Readonly<Record<string, string>> = {
  ...{ mulhi: 'mul_high', divu: 'div_unsigned', finv: 'm31_inverse', reduce: 'm31_reduce' },
  ...{ fadd: 'm31_add', fsub: 'm31_sub', fmul: 'm31_mul' },
};

/** Statements that define v<id> for every node that is no constant, and the text that stands for a node. */
const statements = (
  roots: readonly Word[],
  load: (e: Word & { kind: 'column' }) => string,
): { readonly lines: string[]; readonly ref: (e: Word) => string } => {
  const ref = (e: Word): string => (e.kind === 'const' ? `${e.value}u` : `v${e.id}`);
  const text = (e: Word): string => {
    switch (e.kind) {
      case 'const':
        return '';
      case 'record':
        return `records[record + ${e.field}u]`;
      case 'row':
        return 'row';
      case 'column':
        return load(e);
      case 'lookup':
        return `look_up(${e.column}u, ${ref(e.a)})`;
      case 'select':
        return `select(${ref(e.b)}, ${ref(e.a)}, ${ref(e.condition)} != 0u)`;
      case 'finv':
      case 'reduce':
        return `${CALLS[e.kind]}(${ref(e.a)})`;
      case 'shl':
      case 'shr': {
        const amount = e.b.kind === 'const' ? `${e.b.value & 31}u` : `(${ref(e.b)} & 31u)`;
        return `${ref(e.a)} ${e.kind === 'shl' ? '<<' : '>>'} ${amount}`;
      }
      case 'eq':
      case 'lt':
        return `select(0u, 1u, ${ref(e.a)} ${e.kind === 'eq' ? '==' : '<'} ${ref(e.b)})`;
      default: {
        const infix = INFIX[e.kind];
        return infix ? `${ref(e.a)} ${infix} ${ref(e.b)}` : `${CALLS[e.kind]}(${ref(e.a)}, ${ref(e.b)})`;
      }
    }
  };
  const lines = topological(roots).flatMap((e) => (e.kind === 'const' ? [] : [`  let ${ref(e)} = ${text(e)};`]));
  return { lines, ref };
};

const MAIN = `@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_group(group, groups) * 64u + lane;
  if (row >= params.rows) {
    return;
  }`;

/** A generated kernel, and which of the storage bindings it could use it does use, in order. */
export interface Generated<B extends string> {
  readonly code: string;
  readonly bindings: readonly B[];
}

/** Declarations of the bindings that the body mentions, numbered from `first`; unused ones must not be declared. */
export const declare = <B extends string>(
  types: Readonly<Record<B, string>>,
  body: string,
  first = 1,
): Generated<B> => {
  const bindings = (Object.keys(types) as B[]).filter((name) => new RegExp(`\\b${name}\\[`).test(body));
  const lines = bindings.map((name, i) => {
    const access = types[name].startsWith('rw ') ? 'read_write' : 'read';
    return `@group(0) @binding(${first + i}) var<storage, ${access}> ${name}: ${types[name].replace(/^rw /, '')};`;
  });
  return { code: `${lines.join('\n')}\n${body}`, bindings };
};

export type WitnessBinding = 'records' | 'lookups' | 'out' | 'status';

/** The same parameters as shaders/witness_interpret.wgsl, with out_offset and out_stride in words. */
export const witnessWgsl = ({ outputs }: WitnessProgram): Generated<WitnessBinding> => {
  const { lines, ref } = statements(
    outputs.map((o) => o.value),
    () => '',
  );
  const stores = outputs.map(({ column, value }) => `  store(${column}u, ${ref(value)}, row);`);
  const lookUp = lines.some((line) => line.includes('look_up('))
    ? `fn look_up(column: u32, row: u32) -> u32 {
  if (row >= params.lookup_rows) {
    atomicMax(&status[0], params.lookup_error);
    return 0u;
  }
  return lookups[params.lookup_offset + column * params.lookup_stride + row];
}
`
    : '';
  const unchecked = outputs.filter(({ value }) => bound(value) >= P).map(({ value }) => ref(value));
  // A statement each: WGSL's front ends bound how deep expressions nest.
  const check =
    unchecked.length === 0
      ? ''
      : `  var worst = 0u;
${unchecked.map((v) => `  worst = max(worst, ${v});`).join('\n')}
  if (worst >= P) {
    atomicMax(&status[0], params.value_error);
  }
`;
  const body = `// import lib/bits
// import lib/m31_word
struct Params {
  rows: u32, n_rows: u32, records_offset: u32, fields: u32, out_offset: u32, out_stride: u32,
  lookup_offset: u32, lookup_stride: u32, lookup_rows: u32, lookup_error: u32, value_error: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
${lookUp}
fn store(column: u32, value: u32, row: u32) {
  out[params.out_offset + column * params.out_stride + row] = value;
}

${MAIN}
  if (row >= params.n_rows) {
    for (var column = 0u; column < ${outputs.length}u; column++) {
      store(column, 0u, row);
    }
    return;
  }
  let record = params.records_offset + row * params.fields;
${lines.join('\n')}
${check}${stores.join('\n')}
}
`;
  // Columns are stored by number, so padding is zeroed with one loop: they must be 0 .. count - 1.
  if (outputs.some((o, i) => o.column !== i)) throw new Error('filled columns must come first');
  return declare(
    { records: 'array<u32>', lookups: 'array<u32>', out: 'rw array<u32>', status: 'rw array<atomic<u32>>' },
    body,
  );
};

export type CountBinding = 'counters' | 'trace' | 'preprocessed' | 'counts';

/** The same parameters as shaders/count_interpret.wgsl, with all offsets in words. */
export const countWgsl = ({ uses }: CountProgram): Generated<CountBinding> => {
  const roots = uses.flatMap((u) => [u.numerator, u.row, ...(u.when === null ? [] : [u.when])]);
  const { lines, ref } = statements(roots, (e) =>
    e.fixed
      ? `preprocessed[params.fixed_offset + ${e.index}u * params.fixed_stride + row]`
      : `trace[params.trace_offset + ${e.index}u * params.trace_stride + row]`,
  );
  const counting = uses.map(({ numerator, when, row, counter }) => {
    const condition = `${ref(numerator)} != 0u${when === null ? '' : ` && ${ref(when)} != 0u`}`;
    return `  if (${condition}) {\n    count_use(${counter}u, ${ref(row)});\n  }`;
  });
  const body = `// import lib/bits
// import lib/m31_word
struct Params {
  rows: u32, trace_offset: u32, trace_stride: u32, fixed_offset: u32, fixed_stride: u32, error: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

fn count_use(counter: u32, row: u32) {
  let table = counters[counter];
  if (row < table.y) {
    atomicAdd(&counts[table.x + row], 1u);
  } else {
    atomicMax(&counts[0], params.error);
  }
}

${MAIN}
${lines.join('\n')}
${counting.join('\n')}
}
`;
  return declare(
    { counters: 'array<vec2u>', trace: 'array<u32>', preprocessed: 'array<u32>', counts: 'rw array<atomic<u32>>' },
    body,
  );
};

// Ways to commit fewer cells, each as the tables that a run would have with it.
import { REG_SINK } from '../../src/core/isa.ts';
import { opName } from './block_graph.ts';
import type { GuestRun } from './guests.ts';
import { planShapes, type Shape } from './shapes.ts';
import { chipOfMicroOp, type Table, type Totals, tablesOf, totals } from './sizes.ts';

export interface Lever {
  readonly name: string;
  readonly sizes: (run: GuestRun) => Totals;
}

/** Columns and fractions that a row of a variant does without. */
interface Less {
  readonly columns: number;
  readonly fractions: number;
}

/** Moves the rows that `pick` names, by micro-op or by record, to a variant of their chip. */
function variant(
  run: GuestRun,
  tables: readonly Table[],
  rowsByChip: ReadonlyMap<string, number>,
  less: (chip: string) => Less,
): Table[] {
  return tables.flatMap((t) => {
    const moved = rowsByChip.get(t.name) ?? 0;
    if (moved === 0) return [t];
    const { columns, fractions } = less(t.name);
    const changed = { ...t, rows: moved, columns: t.columns - columns, fractions: t.fractions - fractions };
    return moved === run.rows[t.name]
      ? [changed]
      : [
          { ...t, rows: t.rows - moved },
          { ...changed, name: `${t.name}'` },
        ];
  });
}

/** Rows by chip of the micro-ops that pass a test. */
function countOps(run: GuestRun, test: (op: string, rd: number, rs1: number, rs2: number) => boolean) {
  const { program, execution } = run;
  const { rd, rs1, rs2 } = program.columns;
  const rows = new Map<string, number>();
  for (let i = 0; i < program.length; i++) {
    const count = execution.counts[i]!;
    const chip = count > 0 ? chipOfMicroOp(run, i)?.name : undefined;
    if (chip === undefined || !test(opName(program, i), rd[i]!, rs1[i]!, rs2[i]!)) continue;
    rows.set(chip, (rows.get(chip) ?? 0) + count);
  }
  return rows;
}

type Records = Readonly<Record<string, { readonly fields: readonly string[]; readonly data: Uint32Array }>>;

/** Rows by chip of the records that pass a test, which is made for the positions of a chip's fields. */
function countRecords(
  run: GuestRun,
  chips: readonly string[],
  testOf: (position: (field: string) => number) => (data: Uint32Array, at: number) => boolean,
): Map<string, number> {
  const rows = new Map<string, number>();
  for (const chip of chips) {
    const { fields, data } = (run.execution.records as Records)[chip]!;
    const test = testOf((field) => fields.indexOf(field));
    let count = 0;
    for (let at = 0; at < data.length; at += fields.length) if (test(data, at)) count++;
    rows.set(chip, count);
  }
  return rows;
}

/** beq, bne against x0: no second access, one inverse. */
const branchZero = (run: GuestRun): Table[] =>
  variant(
    run,
    tablesOf(run.rows),
    countOps(run, (op, _, rs1, rs2) => (op === 'BEQ' || op === 'BNE') && (rs1 === 0 || rs2 === 0)),
    () => ({ columns: 5, fractions: 3 }),
  );

/** Jumps without a link: no register. */
const plainJump = (run: GuestRun): Table[] =>
  variant(
    run,
    tablesOf(run.rows),
    countOps(run, (op, rd) => op === 'CONST' && rd === REG_SINK),
    () => ({ columns: 6, fractions: 3 }),
  );

/** lw, sw whose base is aligned: the word is base / 4 + offset / 4, linear, one constant. */
const alignedWords = (run: GuestRun): Table[] =>
  variant(
    run,
    tablesOf(run.rows),
    countRecords(run, ['load_word', 'store_word'], (position) => {
      const a = position('a');
      return (data, at) => data[at + a]! % 4 === 0;
    }),
    () => ({ columns: 3, fractions: 0 }),
  );

const SLOT: Readonly<Record<string, number>> = { prev1: 0, prev2: 1, prevd: 2, prevm: 3 };

/** Two clock differences below 2^8 in one lookup of a pair of bytes, in rows that have two. */
const nearPairs = (run: GuestRun): Table[] => {
  const chips = Object.entries(run.execution.records).filter(([, r]) => r.fields.includes('clk'));
  const rows = new Map<string, number>();
  for (const [name, { fields }] of chips) {
    const slots = fields.filter((f) => f in SLOT);
    if (slots.length < 2) continue;
    const near = countRecords(run, [name], (position) => {
      const clk = position('clk');
      const previous = slots.map((s) => [position(s), SLOT[s]! - 1] as const);
      return (data, at) => {
        let n = 0;
        for (const [p, slot] of previous) if (data[at + clk]! + slot - data[at + p]! < 256) n++;
        return n >= 2;
      };
    });
    rows.set(name, near.get(name)!);
  }
  return variant(run, tablesOf(run.rows), rows, () => ({ columns: 0, fractions: 1 }));
};

/** Loads of words that the run never writes, by a lookup of (address, value) instead of an access. */
const readOnly = (run: GuestRun): Table[] => {
  const written = new Set<number>();
  const { k0, k1 } = run.program.columns;
  const wordOf = (position: (field: string) => number): ((data: Uint32Array, at: number) => number) => {
    const [idx, a] = [position('idx'), position('a')];
    return (data, at) => ((data[at + a]! + (k0[data[at + idx]!]! | (k1[data[at + idx]!]! << 16))) >>> 0) >>> 2;
  };
  const note =
    (word: (data: Uint32Array, at: number) => number) =>
    (data: Uint32Array, at: number): boolean =>
      written.add(word(data, at)).size < 0;
  countRecords(run, ['store_word', 'store_sub'], (position) => note(wordOf(position)));
  countRecords(run, ['read_word'], (position) => note((data, at) => data[at + position('wordaddr')]!));
  const rows = countRecords(run, ['load_word', 'load_sub'], (position) => {
    const word = wordOf(position);
    return (data, at) => !written.has(word(data, at));
  });
  return variant(run, tablesOf(run.rows), rows, () => ({ columns: 1, fractions: 2 }));
};

/** Columns and fractions off every row of some chips. */
const everyRow = (run: GuestRun, less: Readonly<Record<string, Less>>): Table[] =>
  tablesOf(run.rows).map((t) => ({
    ...t,
    columns: t.columns - (less[t.name]?.columns ?? 0),
    fractions: t.fractions - (less[t.name]?.fractions ?? 0),
  }));

const forChips = (run: GuestRun, test: (t: Table) => boolean, less: Less): Table[] =>
  everyRow(
    run,
    Object.fromEntries(tablesOf(run.rows).map((t) => [t.name, test(t) ? less : { columns: 0, fractions: 0 }])),
  );

const fieldsOf = (run: GuestRun, name: string): readonly string[] =>
  (run.execution.records as Readonly<Record<string, { fields: readonly string[] }>>)[name]?.fields ?? [];

/** Two shifts of a value by complementary amounts and what joins them, one behind the other. */
const ROTATION =
  /^(\w) = S[LR]LI (\w) s0(\+16)?; (\w) = S[LR]LI (\w) s0(\+16)?; (\1 = \w+ \1 \4|\4 = \w+ (\4 \1|\1 \4)|\1 = \w+ \4 \1)$/;

export const isRotation = (s: Shape): boolean =>
  s.length === 3 && ROTATION.test(s.text) && s.text.includes('SLLI') && s.text.includes('SRLI');

export interface ShapeSets {
  readonly runs: readonly GuestRun[];
  /** Shapes of one micro-op, best first; rotations; shapes of up to four micro-ops, best first. */
  readonly single: readonly Shape[];
  readonly rotations: readonly Shape[];
  readonly fused: readonly Shape[];
  /** The last, looked for in all runs but this one. */
  readonly foreign: (run: GuestRun) => readonly Shape[];
}

const TWO_LIMBED = /^(add|sub|addi|load_\w+|store_\w+|compare|branch_lt|jalr)$/;

/** What is built, as the tables would be without it. */
export const KEPT: readonly Lever[] = [
  {
    name: 'clock gap of one limb, older cells by `refresh`',
    sizes: (run) =>
      totals(
        tablesOf(run.rows)
          .filter((t) => t.name !== 'refresh')
          .map((t) => {
            const clocks = fieldsOf(run, t.name).filter((f) => /^prev|^p\d/.test(f)).length;
            return { ...t, columns: t.columns + clocks, fractions: t.fractions + (clocks > 0 ? 1 : 0) };
          }),
      ),
  },
  {
    name: 'state (idx, clk): no pc and length',
    sizes: (run) => totals(forChips(run, (t) => fieldsOf(run, t.name).includes('idx'), { columns: -1, fractions: 0 })),
  },
  {
    name: 'carries and borrows as linear expressions',
    sizes: (run) => totals(forChips(run, (t) => TWO_LIMBED.test(t.name), { columns: -2, fractions: 0 })),
  },
  {
    name: 'immediate shifts take 2^e from the program',
    sizes: (run) => totals(everyRow(run, { shift_imm: { columns: -2, fractions: -2 } })),
  },
  {
    name: 'bytes checked by the operation itself',
    sizes: (run) => totals(forChips(run, (t) => /^bitwise(_imm)?$/.test(t.name), { columns: 0, fractions: -2 })),
  },
];

/** Every lever that is counted, in the order of docs/cells.md. */
export function levers(sets: ShapeSets): readonly Lever[] {
  const fused = (run: GuestRun, shapes: readonly Shape[]): Table[] => planShapes(run, shapes, sets.runs);
  const tables = (name: string, make: (run: GuestRun) => Table[], parts = 2): Lever => ({
    name,
    sizes: (run) => totals(make(run), parts),
  });
  const now = (run: GuestRun): Table[] => tablesOf(run.rows);
  const both = [...sets.single, ...sets.rotations];
  return [
    tables('tables in up to 3 parts', now, 3),
    tables('branches against x0', branchZero),
    tables('jumps without a link', plainJump),
    tables('aligned word accesses', alignedWords),
    tables('two near clocks in one lookup', nearPairs),
    tables('read-only words by lookup', readOnly),
    tables('a chip for each operation of bitwise, shift', (run) =>
      everyRow(run, {
        bitwise: { columns: 1, fractions: 0 },
        bitwise_imm: { columns: 1, fractions: 0 },
        shift_imm: { columns: 3, fractions: 0 },
      }),
    ),
    tables('state and program in one lookup', (run) =>
      forChips(run, (t) => fieldsOf(run, t.name).includes('idx'), { columns: 0, fractions: 1 }),
    ),
    tables('old value of rd not kept', (run) =>
      forChips(run, (t) => fieldsOf(run, t.name).includes('old'), { columns: 2, fractions: 0 }),
    ),
    { name: 'three fractions in a secure column', sizes: (run) => totals(now(run), 2, 4, 3) },
    { name: 'no LogUp columns (GKR)', sizes: (run) => totals(now(run), 2, 0) },
    tables('rotations fused', (run) => fused(run, sets.rotations)),
    tables(`${sets.single.length} best chips of one micro-op`, (run) => fused(run, sets.single)),
    tables('these and rotations fused', (run) => fused(run, both)),
    tables(`${sets.fused.length} best chips of up to 4 micro-ops`, (run) => fused(run, sets.fused)),
    tables('the same, looked for in the other guests', (run) => fused(run, sets.foreign(run))),
  ];
}

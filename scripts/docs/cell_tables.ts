// Generated parts of docs/cells.md.
import type { Chip } from '../../src/air/chip.ts';
import { chipByName, TEXTS } from '../../src/air/inventory.ts';
import { cellsOf } from '../cells/block_cost.ts';
import { type Chunk, chunksOf, planBlocks } from '../cells/chunks.ts';
import { type GuestRun, guestRun, hashRun } from '../cells/guests.ts';
import { isRotation, KEPT, type Lever, levers, type ShapeSets } from '../cells/levers.ts';
import { bestShapes, type Shape, shapesOf } from '../cells/shapes.ts';
import { cellsOfChip, heightsOf, isRecorded, type Totals, tablesOf, totals } from '../cells/sizes.ts';
import { markdownTable } from './markdown.ts';

const MEASURED = ['sha256', 'keccak256', 'sort', 'rust_json'];
export const COUNTED: readonly string[] = [...MEASURED, 'sieve', 'interpreter'];

const number = (n: number): string => Math.round(n).toLocaleString('en-US');
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
const kib = (bytes: number): string => number(bytes / 1024);

/** Trace columns by what they are for, from their names. */
const PURPOSES: readonly (readonly [name: string, test: RegExp])[] = [
  ['state', /^(enabler|idx|clk|next|left[01]|right[01])$/],
  ['program', /^(rd|rs1|rs2|k[0-3])$/],
  ['clocks', /_prev$|^prev$|^final_clk$/],
  ['old values', /^old_(lo|hi)$/],
];
const RELATIONS = ['state', 'program', 'memory', 'range', 'bitwise'];

export function arithmeticTable(): string {
  const rows = TEXTS.filter((c) => c.logupColumns > 0).map((chip) => {
    const purposes = PURPOSES.map(([, test]) => chip.columns.filter((c) => test.test(c.name)).length);
    const relations = RELATIONS.map((name) => chip.fractions.filter((f) => f.relation.name === name).length);
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    const figures = [
      ...purposes,
      chip.columns.length - sum(purposes),
      ...relations,
      chip.fractions.length - sum(relations),
      chip.columns.length,
      chip.fractions.length,
      4 * chip.logupColumns,
    ];
    return [`\`${chip.name}\``, ...figures.map((n) => (n === 0 ? '' : `${n}`)), `**${cellsOfChip(chip)}**`];
  });
  const head = [
    'chip',
    ...PURPOSES.map(([name]) => name),
    'values',
    ...RELATIONS.map((r) => `· ${r}`),
    '· other',
    'trace',
    'fractions',
    'LogUp',
    'cells',
  ];
  return markdownTable(head, rows);
}

/** Rows and cells by chip for one run; chips below half a percent of what is committed together. */
function costTable(run: GuestRun): string {
  const { cycles } = run.execution;
  const all = totals(tablesOf(run.chosen));
  const given = (chip: Chip): number => (chip.table === chip.name ? chip.fixedColumns.length : 0);
  const lines = TEXTS.filter((c) => run.chosen[c.name]).map((chip) => {
    const rows = run.chosen[chip.name]!;
    const width = cellsOfChip(chip) + given(chip);
    const used = isRecorded(chip) ? rows * width : 0;
    const heights = heightsOf(rows, isRecorded(chip) ? 2 : 1);
    return { chip, rows, used, heights, committed: heights.reduce((a, b) => a + b, 0) * width };
  });
  const [large, small] = [true, false].map((isLarge) =>
    lines.filter((l) => l.committed > all.committed / 200 === isLarge),
  );
  const sum = (key: 'rows' | 'used' | 'committed'): number => small!.reduce((n, l) => n + l[key], 0);
  const padding = lines.reduce((n, l) => n + (isRecorded(l.chip) ? l.committed - l.used : 0), 0);
  const composition = all.committed - lines.reduce((n, l) => n + l.committed, 0);
  const body = large!
    .sort((a, b) => b.committed - a.committed)
    .map(({ chip, rows, used, heights, committed }) => [
      `\`${chip.name}\``,
      number(rows),
      heights.map(number).join(' + '),
      isRecorded(chip) ? number(used) : '',
      isRecorded(chip) ? (used / cycles).toFixed(1) : '',
      isRecorded(chip) ? percent(used, all.used) : '',
      number(committed),
      isRecorded(chip) ? number(committed - used) : '',
      percent(committed, all.committed),
    ]);
  body.push([
    'others',
    '',
    '',
    number(sum('used')),
    '',
    percent(sum('used'), all.used),
    number(sum('committed')),
    '',
    '',
  ]);
  body.push(['composition', '', '', '', '', '', number(composition), '', percent(composition, all.committed)]);
  body.push([
    '**all**',
    '',
    '',
    `**${number(all.used)}**`,
    `**${(all.used / cycles).toFixed(1)}**`,
    '',
    `**${number(all.committed)}**`,
    number(padding),
    percent(padding, all.committed),
  ]);
  const head = ['chip', 'rows', 'tables', 'cells in use', 'an instruction', 'share', 'committed', 'padding', 'share'];
  const title = `**${run.name}**, ${run.what}: ${number(cycles)} instructions, ${(all.committed / cycles).toFixed(1)} committed cells an instruction`;
  return `${title}\n\n${markdownTable(head, body)}`;
}

export const costTables = (): string => MEASURED.map((name) => costTable(guestRun(name))).join('\n\n');

const LENGTHS = [1024, 2048, 4096, 8192];

/** What a longer run does to the fixed part. */
export function lengthTable(): string {
  const rows = (['sha256', 'keccak256'] as const).flatMap((name) =>
    LENGTHS.map((length) => {
      const run = hashRun(name, length);
      const { cycles } = run.execution;
      const { used, committed } = totals(tablesOf(run.chosen));
      return [name, run.what, number(cycles), (used / cycles).toFixed(1), (committed / cycles).toFixed(1)];
    }),
  );
  return markdownTable(['program', 'input', 'instructions', 'cells in use an instruction', 'committed'], rows);
}

const N_FUSED = 24;

let sets: ShapeSets | undefined;

/** Shapes are looked for in all counted guests, once. */
function shapeSets(): ShapeSets {
  if (sets) return sets;
  const runs = COUNTED.map(guestRun);
  const shapes = shapesOf(runs, 4);
  const foreign = new Map<GuestRun, readonly Shape[]>();
  sets = {
    runs,
    single: bestShapes(
      runs,
      shapes.filter((s) => s.length === 1),
      16,
    ),
    rotations: bestShapes(runs, shapes.filter(isRotation), 12),
    fused: bestShapes(runs, shapes, N_FUSED),
    foreign: (run) => {
      const known = foreign.get(run) ?? bestShapes(runs, shapes, N_FUSED, run);
      foreign.set(run, known);
      return known;
    },
  };
  return sets;
}

const less = (now: number, then: number): string => {
  const share = (100 * (now - then)) / now;
  return Math.abs(share) < 0.05 ? '0' : share.toFixed(1);
};

function leverRows(list: readonly Lever[], show: (now: Totals, then: Totals) => string): string[][] {
  const runs = MEASURED.map(guestRun);
  const now = runs.map((r) => totals(tablesOf(r.rows)));
  return list.map(({ name, sizes }) => [name, ...runs.map((r, i) => show(now[i]!, sizes(r)))]);
}

export const keptTable = (): string =>
  markdownTable(
    ['without it, % more cells in use', ...MEASURED],
    leverRows(KEPT, (now, then) => `+${less(now.used, 2 * now.used - then.used)}`),
  );

/** What second tables and forms in place save, and what they cost. */
export const tableChoiceTable = (): string =>
  markdownTable(
    [
      '',
      'committed, a table a chip',
      'second tables',
      '% fewer',
      'KiB of proof',
      'rows in place too',
      '% fewer',
      'KiB',
    ],
    COUNTED.map((name) => {
      const { rows, chosen } = guestRun(name);
      const [one, two, all] = [totals(tablesOf(rows), 1), totals(tablesOf(rows)), totals(tablesOf(chosen))];
      const change = (t: Totals): string[] => [
        number(t.committed),
        less(one.committed, t.committed),
        `+${kib(t.bytes - one.bytes)}`,
      ];
      return [name, number(one.committed), ...change(two), ...change(all)];
    }),
  );

export const leverTable = (): string =>
  markdownTable(
    ['% fewer cells in use / committed, KiB of proof', ...MEASURED],
    leverRows(levers(shapeSets()), (now, then) => {
      const bytes = then.bytes - now.bytes;
      return `${less(now.used, then.used)} / ${less(now.committed, then.committed)}, ${bytes > 0 ? '+' : ''}${kib(bytes)}`;
    }),
  );

export function shapeTable(): string {
  const { single, fused } = shapeSets();
  const row = (s: Shape): string[] => [`\`${s.text}\``, `${s.plain}`, `${s.cells}`];
  const half = Math.max(single.length, fused.length);
  const lines = Array.from({ length: half }, (_, i) => [
    ...(single[i] ? row(single[i]) : ['', '', '']),
    ...(fused[i] ? row(fused[i]) : ['', '', '']),
  ]);
  return markdownTable(['one micro-op', 'now', 'cells', 'up to four', 'now', 'cells'], lines);
}

const WIDTHS = [100, 200, 400, 800];
const SIZES = [4, 16, 64];
const WIDTH_SHOWN = 400;

export function blockTable(): string {
  const rows = COUNTED.flatMap((name) => {
    const run = guestRun(name);
    const { cycles } = run.execution;
    const now = totals(tablesOf(run.rows));
    const chunks = chunksOf(run, WIDTH_SHOWN);
    return SIZES.map((k) => {
      const plan = planBlocks(run, chunks, k);
      const then = totals(plan.tables);
      const width = plan.tables.filter((t) => !chipByName.has(t.name)).reduce((n, t) => n + cellsOf(t), 0);
      return [
        k === SIZES[0] ? name : '',
        `${k}`,
        percent(plan.covered, 1),
        (now.used / cycles).toFixed(1),
        (then.used / cycles).toFixed(1),
        `**${(now.used / then.used).toFixed(2)}**`,
        (now.committed / then.committed).toFixed(2),
        number(width),
        `+${kib(then.bytes - now.bytes)}`,
      ];
    });
  });
  const head = [
    '',
    'blocks',
    'of all micro-ops',
    'cells an instruction',
    'with blocks',
    'gain',
    'committed',
    'columns',
    'KiB',
  ];
  return markdownTable(head, rows);
}

/** Most gain within a budget of proof bytes: blocks by cells saved for each column, the best width. */
export function blockBudgetTable(): string {
  const rows = COUNTED.map((name) => {
    const run = guestRun(name);
    const now = totals(tablesOf(run.rows));
    const plans = WIDTHS.map((width) => bySaving(chunksOf(run, width)));
    const within = BUDGETS.map((budget) => {
      const best = plans.map((chunks) => {
        let [low, high] = [0, chunks.length + 1];
        while (high - low > 1) {
          const k = (low + high) >> 1;
          if (totals(planBlocks(run, chunks, k).tables).bytes - now.bytes <= budget * 1024) low = k;
          else high = k;
        }
        return { k: low, gain: now.used / totals(planBlocks(run, chunks, low).tables).used };
      });
      const { k, gain } = best.reduce((a, b) => (b.gain > a.gain ? b : a));
      return `${gain.toFixed(2)} (${k})`;
    });
    const all = totals(planBlocks(run, plans.at(-1)!, Number.POSITIVE_INFINITY).tables);
    return [name, ...within, `${(now.used / all.used).toFixed(2)}, +${kib(all.bytes - now.bytes)} KiB`];
  });
  const head = ['gain (blocks) within', ...BUDGETS.map((b) => `+${number(b)} KiB`), `every block, ≤ ${WIDTHS.at(-1)}`];
  return markdownTable(head, rows);
}

const BUDGETS = [128, 512, 2048, 8192];

const bySaving = (chunks: readonly Chunk[]): Chunk[] => {
  const worth = ({ count, plain, cost }: Chunk): number => count * (plain / cellsOf(cost) - 1);
  return [...chunks].sort((a, b) => worth(b) - worth(a));
};

export function blockWidthTable(): string {
  const rows = COUNTED.map((name) => {
    const run = guestRun(name);
    const now = totals(tablesOf(run.rows));
    const cells = WIDTHS.map((width) => {
      const then = totals(planBlocks(run, chunksOf(run, width), 16).tables);
      return `${(now.used / then.used).toFixed(2)}, +${kib(then.bytes - now.bytes)}`;
    });
    return [name, ...cells];
  });
  return markdownTable(['gain of 16 blocks, KiB', ...WIDTHS.map((w) => `≤ ${w} cells`)], rows);
}

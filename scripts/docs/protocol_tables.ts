// Constants and security figures of docs/protocol.md, and the output that the README shows.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chipRows } from '../../prover/chip_rows.ts';
import { airDigest, CHIPS, chipByName } from '../../src/air/inventory.ts';
import { buildLayout, checkLogRows, MIN_LOG_ROWS } from '../../src/air/layout.ts';
import { TABLES_ROOTS } from '../../src/air/table_roots.ts';
import { formatBits } from '../../src/cli/format.ts';
import {
  AIR_KEY,
  DRAW_KEY,
  GRIND_KEY,
  LEAF_KEY,
  NODE_KEY,
  PROGRAM_KEY,
  TRANSCRIPT_KEY,
  wordsToBytes,
} from '../../src/core/hash.ts';
import { compact, friLayers, type ProofParams, standard } from '../../src/core/params.ts';
import { PRECOMPILES } from '../../src/core/precompiles.ts';
import { type ProofShape, provableBits, securityTerms } from '../../src/core/security.ts';
import { buildProgram, type Execution, execute, loadElf } from '../../src/machine/index.ts';
import { programTables } from '../../src/machine/tables.ts';
import { markdownTable } from './markdown.ts';

const hex = (words: ArrayLike<number>): string => Buffer.from(wordsToBytes(words)).toString('hex');

export function keyTable(): string {
  const keys = {
    leaf: LEAF_KEY,
    node: NODE_KEY,
    transcript: TRANSCRIPT_KEY,
    draw: DRAW_KEY,
    grind: GRIND_KEY,
    program: PROGRAM_KEY,
    air: AIR_KEY,
  };
  return markdownTable(
    ['domain', 'key (32 bytes)'],
    Object.entries(keys).map(([name, key]) => [`\`wisp/1/${name}\``, `\`${hex(key)}\``]),
  );
}

export function constantTable(): string {
  const roots = Object.entries(TABLES_ROOTS).map(([b, root]) => [
    `root of the shared tables, b = ${b}`,
    `\`${hex(root)}\``,
  ]);
  return markdownTable(['constant', 'bytes'], [['digest of the AIR', `\`${hex(airDigest())}\``], ...roots]);
}

export interface SampleRun {
  readonly name: string;
  readonly execution: Execution;
  readonly shape: ProofShape;
}

/** Runs a guest of this repository and gives the sizes that its proof would have. */
export function sampleRun(name: string, guest: string, input: Uint8Array): SampleRun {
  const elf = readFileSync(new URL(`../../guests/elf/${guest}.elf`, import.meta.url));
  const program = buildProgram(loadElf(elf));
  const execution = execute(program, input);
  const tables = programTables(program);
  const recorded = chipRows(execution.records, program.columns);
  const logRows = CHIPS.map((chip) => {
    if (chip.name === 'program') return Math.log2(tables.program[0]?.length ?? 1);
    if (chip.name === 'image_table' || chip.name === 'image') return Math.log2(tables.image[0]?.length ?? 1);
    const table = chip.tableValues?.()[0];
    if (table) return Math.log2(table.length);
    const rows = recorded.get(chip.name)?.nRows ?? 0;
    return rows === 0 ? -1 : Math.max(MIN_LOG_ROWS, Math.ceil(Math.log2(rows)));
  });
  return { name, execution, shape: shapeOf(logRows) };
}

const shapeOf = (logRows: readonly number[]): ProofShape => {
  const bad = checkLogRows(logRows);
  if (bad !== undefined) throw new Error(bad);
  return buildLayout(logRows).shape;
};

/** The input of `npm start`. */
export const startInput = (): Uint8Array => Uint8Array.from({ length: 2048 }, (_, i) => (i * 7 + 3) & 255);

export const fibonacciRun = (): SampleRun => sampleRun('fibonacci(20)', 'fibonacci', Uint8Array.from([20, 0, 0, 0]));
export const sha256Run = (): SampleRun => sampleRun('sha256, 2,048 bytes', 'sha256', startInput());

const isOfPrecompile = (chip: string): boolean => Object.keys(PRECOMPILES).some((name) => chip.startsWith(name));

/**
 * Every table but second ones and those of precompiles that has no height of its own as tall as 2^20 rows: near the most
 * that one proof holds.
 */
const fullShape = (): ProofShape =>
  shapeOf(
    CHIPS.map((c) => {
      if (c.fixedTree === 'boundary' || c.name === 'image_once' || c.original !== null) return -1;
      if (!c.tableValues && isOfPrecompile(c.name)) return -1;
      const owner = chipByName.get(c.table) ?? c;
      return owner.tableValues ? Math.log2(owner.tableValues()[0]?.length ?? 1) : 20;
    }),
  );

export function securityTables(runs: readonly SampleRun[]): string {
  const shapes = [...runs, { name: 'every table 2^20, no precompiles', shape: fullShape() }];
  const sizes = markdownTable(
    ['', ...shapes.map((s) => s.name)],
    [
      ['log2 of the tallest table', ...shapes.map((s) => `${s.shape.maxLogN}`)],
      ['columns', ...shapes.map((s) => `${s.shape.nColumns}`)],
      ['samples', ...shapes.map((s) => `${s.shape.nSamples}`)],
      ['constraints', ...shapes.map((s) => `${s.shape.nConstraints}`)],
      ['log2 of the LogUp terms', ...shapes.map((s) => Math.log2(s.shape.logupTerms).toFixed(2))],
    ],
  );
  const table = (params: ProofParams): string => {
    const columns = shapes.map(({ shape }) => securityTerms(params, shape));
    const names = [...new Set(columns.flat().map((t) => t.name))].sort((a, b) => order(a) - order(b));
    const rows = names.map((name) => [
      name,
      ...columns.map((terms) => {
        const term = terms.find((t) => t.name === name);
        if (!term) return '';
        return `${floor2(term.bits)}${term.grindBits > 0 ? ` (${term.grindBits})` : ''}`;
      }),
    ]);
    rows.push(['**the proof**', ...shapes.map(({ shape }) => `**${floor2(provableBits(params, shape))}**`)]);
    rows.push([
      'folds',
      ...shapes.map(({ shape }) =>
        friLayers(params, shape.maxLogN)
          .foldLogs.map((l) => 2 ** l)
          .join(', '),
      ),
    ]);
    return markdownTable([`\`${params.name}\``, ...shapes.map((s) => s.name)], rows);
  };
  return [sizes, table(standard), table(compact)].join('\n\n');
}

const TERM_ORDER = ['logup', 'composition', 'oods', 'deep batching', 'fold', 'query', 'hash collisions'];
const order = (name: string): number => {
  const fold = /^fold (\d+)$/.exec(name);
  return fold ? TERM_ORDER.indexOf('fold') + Number(fold[1]) / 100 : TERM_ORDER.indexOf(name);
};

/** Two decimals, rounded down: a figure of security never shows more than there is. */
const floor2 = (bits: number): string => (Math.floor(bits * 100) / 100).toFixed(2);

/** What `npm start` prints, without what depends on the machine. */
export function startOutput(run: SampleRun): string {
  const expected = createHash('sha256').update(startInput()).digest('hex');
  const journal = Buffer.from(run.execution.journal).toString('hex');
  if (journal !== expected) throw new Error('the sha256 guest is wrong');
  return [
    '```text',
    'proving SHA-256 of 2,048 bytes (guests/elf/sha256.elf)',
    `expected journal: ${expected}`,
    '',
    `journal    ${journal}`,
    `exit code  ${run.execution.exitCode}`,
    `proved     ${run.execution.cycles} cycles in …`,
    'segments   1',
    `verified   in …, ${formatBits(provableBits(standard, run.shape))}`,
    'proof      dist/sha256.proof, …',
    'memory     …',
    'backend    wasm',
    '```',
  ].join('\n');
}

// The word programs of a chip: filling its trace columns, and finding the table rows it uses.
import type { Chip } from '../../../src/air/chip.ts';
import { evaluateExpr, visitColumns } from '../../../src/air/expr.ts';
import { CHIPS, chipByName } from '../../../src/air/inventory.ts';
import type { W } from '../../../src/air/witness.ts';
import { topological, type Word, WordGraph } from './word_graph.ts';

export interface WitnessProgram {
  readonly outputs: readonly { readonly column: number; readonly value: Word }[];
  /** The chip whose preprocessed columns are looked up, if any. */
  readonly lookupChip: string | null;
}

export interface CountProgram {
  readonly uses: readonly {
    readonly numerator: Word;
    /** Counts only where this is not 0; null for always. */
    readonly when: Word | null;
    readonly row: Word;
    /** Index into COUNTERS. */
    readonly counter: number;
  }[];
  /** Whether padding rows, zero in every trace column, use no table. */
  readonly paddingIsIdle: boolean;
}

/** A multiplicity column. */
export interface Counter {
  readonly chip: Chip;
  readonly column: number;
}

/** Every multiplicity column of the machine, chip by chip. */
export const COUNTERS: readonly Counter[] = CHIPS.flatMap((chip) =>
  chip.columns.flatMap((c, column) => (c.witness === null ? [{ chip, column }] : [])),
);

const counterIndex = (chipName: string, columnName: string): number => {
  const chip = chipByName.get(chipName);
  const index = COUNTERS.findIndex((c) => c.chip === chip && c.chip.columns[c.column]?.name === columnName);
  if (index < 0) throw new Error(`no multiplicity column ${chipName}.${columnName}`);
  return index;
};

export const witnessProgram = (chip: Chip): WitnessProgram => {
  const graph = new WordGraph();
  const memo = new Map<W, Word>();
  const outputs = chip.columns.flatMap(({ witness }, column) =>
    witness === null ? [] : [{ column, value: graph.witness(witness, [], memo) }],
  );
  const tables = new Set(
    topological(outputs.map((o) => o.value)).flatMap((e) => (e.kind === 'lookup' ? [e.chip] : [])),
  );
  if (tables.size > 1) throw new Error(`chip ${chip.name}: a witness may look up one table`);
  return { outputs, lookupChip: [...tables][0] ?? null };
};

export const countProgram = (chip: Chip): CountProgram => {
  const graph = new WordGraph();
  const uses = chip.fractions.flatMap(({ relation, sign, numerator, tuple }) => {
    if (sign !== -1 || relation.counted === undefined) return [];
    const args = tuple.map((e) => graph.expr(e));
    return relation.counted.flatMap((rule) => {
      const condition = rule.when === undefined ? graph.constant(1) : graph.witness(rule.when, args);
      if (condition.kind === 'const' && condition.value === 0) return [];
      const when = condition.kind === 'const' ? null : condition;
      const counter = counterIndex(rule.chip, rule.column);
      return [{ numerator: graph.expr(numerator), when, row: graph.witness(rule.row, args), counter }];
    });
  });
  const paddingIsIdle = chip.fractions.every(({ numerator }) => {
    let isFixed = false;
    visitColumns(numerator, (c) => {
      isFixed ||= c.fixed;
    });
    return !isFixed && evaluateExpr(numerator, () => 0) === 0;
  });
  return { uses, paddingIsIdle };
};

// Where a run spends its instructions, by function.
import type { Execution, Program } from '../machine/index.ts';

export interface ProfileRow {
  readonly symbol: string;
  readonly instructions: number;
}

/** The functions with the most instructions, their callees not included, most first. */
export function hottest(program: Program, execution: Execution, limit: number): ProfileRow[] {
  const { symbols } = program.elf;
  const totals = new Map<string, number>();
  let at = 0;
  // Micro-ops are in address order, as are the symbols: one pass over both.
  for (let idx = 0; idx < program.length; idx++) {
    const count = execution.counts[idx] ?? 0;
    if (count === 0 || program.first[idx] !== 1) continue;
    const pc = program.pc[program.instruction[idx] ?? 0] ?? 0;
    while (at < symbols.length && (symbols[at]?.addr ?? 0) <= pc) at++;
    const name = symbols[at - 1]?.name ?? '(no symbol)';
    totals.set(name, (totals.get(name) ?? 0) + count);
  }
  return [...totals]
    .map(([symbol, instructions]) => ({ symbol, instructions }))
    .sort((a, b) => b.instructions - a.instructions)
    .slice(0, limit);
}

// The option --memory, which is wrong usage where it is no amount of memory; whether it is enough, the tier says.
import { BudgetError, parseBudget } from '../../prover/segment_size.ts';
import type { ParsedArguments } from './command.ts';
import { UsageError } from './errors.ts';

export function memoryOption({ values: { memory } }: ParsedArguments): string | undefined {
  try {
    if (memory !== undefined) parseBudget(memory, { vendor: '', architecture: '', isSoftware: true });
  } catch (error) {
    throw error instanceof BudgetError ? new UsageError(`--memory: ${error.message}`) : error;
  }
  return memory;
}

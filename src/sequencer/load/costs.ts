// What a load cost the node in processor time, by stage, from its `/status` before and after.
import type { NodeStatus } from '../service.ts';

export interface StageCost {
  readonly stage: string;
  /** Microseconds of a core a transaction. */
  readonly microseconds: number;
  /** Cores that 15,000 transactions a second would take. */
  readonly cores: number;
}

export interface NodeCost {
  readonly stages: readonly StageCost[];
  readonly total: StageCost;
}

/** The rate that costs are stated for. */
export const STATED_RATE = 15_000;

/** Undefined of a node that has no such route. */
export async function nodeStatus(url: string): Promise<NodeStatus | undefined> {
  try {
    const response = await fetch(new URL('/status', url), { signal: AbortSignal.timeout(10_000) });
    return response.ok ? ((await response.json()) as NodeStatus) : undefined;
  } catch {
    return undefined;
  }
}

const costOf = (stage: string, seconds: number, transactions: number): StageCost => {
  const microseconds = (1e6 * seconds) / transactions;
  return { stage, microseconds, cores: (microseconds * STATED_RATE) / 1e6 };
};

export function costBetween(before: NodeStatus, after: NodeStatus, transactions: number): NodeCost | undefined {
  if (transactions === 0) return undefined;
  const spent = (name: string): number => (after.cpuSeconds[name] ?? 0) - (before.cpuSeconds[name] ?? 0);
  const stages = Object.keys(after.cpuSeconds)
    .filter((name) => name !== 'process')
    .map((name) => costOf(name, spent(name), transactions));
  return {
    stages: stages.sort((a, b) => b.microseconds - a.microseconds),
    total: costOf('all', spent('process'), transactions),
  };
}

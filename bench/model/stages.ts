// Predicted work of each stage of a proof, from the heights of its tables: what the kernels have to do, to be set against
// the time they took.
import type { FftKind } from '../../prover/gpu/kernels/twiddles.ts';
import type { Layout } from '../../src/air/layout.ts';
import { friLayers, type ProofParams } from '../../src/core/params.ts';
import { grindSchedule } from '../../src/core/security.ts';
import type { Work } from '../schema.ts';
import { constraintWork, logupWork } from './chips.ts';
import {
  COMPRESSION,
  EXTENSION_BY_BASE,
  EXTENSION_PRODUCT,
  EXTENSION_SUM,
  NOTHING,
  PRODUCT,
  plus,
  times,
  traffic,
} from './costs.ts';
import {
  deepSums,
  evaluation,
  interpolation,
  nodeHashes,
  outOfDomain,
  rowHashes,
  scan,
  treeHashes,
} from './transforms.ts';

/** Instructions to fill a trace cell and to count its uses, roughly. */
const FILL_INSTRUCTIONS = 20;
/** Products of a row of the DEEP quotient: two denominators, one inversion, two quotients. */
const DEEP_PRODUCTS = 110;

const cellsOf = (logs: readonly number[]): number => logs.reduce((n, log) => n + 2 ** log, 0);

/** Columns to coefficients to extensions to a tree. */
function commitment(logs: readonly number[], { logBlowup }: ProofParams, kind: FftKind, interpolated = true): Work {
  if (logs.length === 0) return NOTHING;
  const widths = new Map<number, number>();
  for (const log of logs) widths.set(log, (widths.get(log) ?? 0) + 1);
  const transforms = [...widths].map(([log, count]) =>
    times(count, plus(interpolated ? interpolation(log, kind) : NOTHING, evaluation(log, log + logBlowup, kind))),
  );
  const extended = new Map([...widths].map(([log, count]) => [log + logBlowup, count]));
  return plus(...transforms, treeHashes(extended));
}

function fri(layout: Layout, params: ProofParams): Work {
  const { foldLogs } = friLayers(params, layout.maxLogN);
  const columns = Object.values(layout.trees).flat();
  const logs = [...columns, ...layout.shifted.map((k) => layout.trees.logup[k] as number)];
  const extended = logs.map((log) => log + params.logBlowup);
  let rows = 2 ** (layout.maxLogN + params.logBlowup);
  let work = plus(deepSums(cellsOf(extended), rows), times(rows, plus(times(DEEP_PRODUCTS, PRODUCT), traffic(48))));
  for (const foldLog of foldLogs) {
    const leaves = rows / 2 ** foldLog;
    const fold = plus(times(2, EXTENSION_SUM), EXTENSION_PRODUCT, EXTENSION_BY_BASE);
    const trees = plus(rowHashes(leaves, 4 * 2 ** foldLog), nodeHashes(leaves - 1));
    work = plus(work, trees, times(rows - leaves, fold), traffic(16 * (rows + leaves)));
    rows = leaves;
  }
  return work;
}

/** By the names of the prover's stages, of a proof after others of the same program. */
export function stageWork(layout: Layout, params: ProofParams, kind: FftKind): ReadonlyMap<string, Work> {
  const { active, maxLogN } = layout;
  const logDomain = maxLogN + params.logBlowup;
  const grinds = grindSchedule(params, layout.shape);
  const grind = (bits: number): Work => (bits === 0 ? NOTHING : times(2 ** bits, COMPRESSION));
  // The trees that all proofs, or those of one program, share are kept from proof to proof.
  const { trace: filledTree, boundary, logup, composition } = layout.trees;

  const filled = active.reduce((n, { chip, logN }) => n + chip.columns.length * 2 ** logN, 0);
  const trace = plus(
    commitment(filledTree, params, kind),
    commitment(boundary, params, kind),
    times(filled, { multiplies: 0, others: FILL_INSTRUCTIONS, bytes: 8 }),
    grind(grinds.logup),
  );
  const sums = active.map(({ chip, logN }) =>
    plus(times(2 ** logN, logupWork(chip)), chip.logupColumns > 0 ? scan(2 ** logN) : NOTHING),
  );
  const constraints = active.map(({ chip, logN }) => times(2 ** (logN + params.logBlowup), constraintWork(chip)));
  const quotient = plus(
    times(2 ** logDomain, plus(times(4, PRODUCT), traffic(32))),
    times(4, interpolation(logDomain, kind)),
  );
  const cells = cellsOf(Object.values(layout.trees).flat());
  return new Map([
    ['trace', trace],
    ['logup', plus(...sums, commitment(logup, params, kind), grind(grinds.composition))],
    ['composition', plus(...constraints, quotient, commitment(composition, params, kind, false), grind(grinds.oods))],
    ['samples', plus(outOfDomain(cells), grind(grinds.deep))],
    ['fri', plus(fri(layout, params), ...grinds.fri.map(grind))],
    ['queries', grind(grinds.query)],
  ]);
}

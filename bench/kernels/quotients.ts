// Scans, out-of-domain samples, DEEP sums, FRI folds.
import { columnsView, type ExtensionRows, packedColumns } from '../../prover/gpu/columns.ts';
import { deepAccumulate } from '../../prover/gpu/kernels/deep.ts';
import { friFold } from '../../prover/gpu/kernels/fri.ts';
import { evaluateAtPoint } from '../../prover/gpu/kernels/ood.ts';
import { scanCyclic } from '../../prover/gpu/kernels/scan.ts';
import { EXTENSION_BY_BASE, EXTENSION_PRODUCT, EXTENSION_SUM, plus, times, traffic } from '../model/costs.ts';
import { deepSums, outOfDomain, scan } from '../model/transforms.ts';
import type { Bench, Case } from './suite.ts';

const COLUMNS = 64;
const FOLD_LOG = 3;

export function quotientCases({ runtime, heap, scale }: Bench): Case[] {
  const { rowsLog } = scale;
  const rows = 2 ** rowsLog;
  const logN = Math.max(8, Math.min(rowsLog, Math.floor(Math.log2(scale.words / COLUMNS))));
  const cells = COLUMNS * 2 ** logN;
  const gammas = Array.from({ length: 4 * COLUMNS }, (_, i) => i + 1);
  // Each of the halvings: a sum, a difference, two products.
  const folds = 2 ** rowsLog - 2 ** (rowsLog - FOLD_LOG);
  return [
    {
      ...{ group: 'scan', name: 'LogUp running sum', size: `2^${rowsLog}`, unit: 'rows', units: rows },
      work: scan(rows),
      buffers: [4 * rows, 4 * rows, 4],
      record: (recording, [values, out, totals]) => {
        const view = columnsView(packedColumns(values as GPUBuffer, 4, rowsLog));
        const columns = packedColumns(out as GPUBuffer, 4, rowsLog);
        scanCyclic(recording, runtime.pool, view, columns, totals as GPUBuffer, 0);
      },
    },
    {
      ...{ group: 'quotients', name: 'out-of-domain samples', size: `2^${logN} x ${COLUMNS}`, unit: 'cells' },
      units: cells,
      work: outOfDomain(cells),
      buffers: [4 * 2 ** logN, cells, 4 * COLUMNS],
      record: (recording, [basis, values, out]) => {
        const columns = packedColumns(values as GPUBuffer, COLUMNS, logN);
        evaluateAtPoint(recording, runtime.pool, basis as GPUBuffer, columns, out as GPUBuffer, 0);
      },
    },
    {
      ...{ group: 'quotients', name: 'DEEP sums', size: `2^${logN} x ${COLUMNS}`, unit: 'cells', units: cells },
      work: deepSums(cells, 2 ** logN),
      buffers: [cells, 4 * 2 ** logN],
      record: (recording, [values, sums]) => {
        const columns = packedColumns(values as GPUBuffer, COLUMNS, logN);
        const to: ExtensionRows = { buffer: sums as GPUBuffer, offset: 0, logN };
        deepAccumulate(recording, columns, recording.constant(gammas), 0, to, true);
      },
    },
    {
      ...{
        group: 'quotients',
        name: `FRI fold by ${2 ** FOLD_LOG}`,
        size: `2^${rowsLog}`,
        unit: 'folds',
        units: folds,
      },
      work: plus(
        times(folds, plus(times(2, EXTENSION_SUM), EXTENSION_PRODUCT, EXTENSION_BY_BASE)),
        traffic(16 * (rows + rows / 2 ** FOLD_LOG)),
      ),
      buffers: [4 * rows, 4 * rows],
      record: (recording, [from, to]) => {
        const src: ExtensionRows = { buffer: from as GPUBuffer, offset: 0, logN: rowsLog };
        const dst: ExtensionRows = { buffer: to as GPUBuffer, offset: 0, logN: rowsLog - FOLD_LOG };
        const elements = recording.constant([3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59]);
        friFold(recording, heap, src, dst, { elements, alpha: 0 }, FOLD_LOG, true);
      },
    },
  ];
}

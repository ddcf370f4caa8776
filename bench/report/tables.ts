// The README's tables, from one result.
import { formatBytes, formatCount, formatMs } from '../../src/cli/format.ts';
import { percent } from '../lines.ts';
import type { BenchFile, DeviceLimits, KernelResult, ProofResult } from '../schema.ts';
import { GROWTH_HEAD, growthRows, growthVerdict } from './growth.ts';
import { deviceName, threadsText } from './rows.ts';

const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
};

const missing = '–';

/** Without the columns of which nothing is known, as those of kernels on tiers that have no GPU. */
function knownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = head.map((_, i) => rows.some((row) => row[i] !== missing));
  const pick = (row: readonly string[]): string[] => row.filter((_, i) => kept[i]);
  return markdownTable(pick(head), rows.map(pick));
}

const proofRow = (p: ProofResult): string[] => [
  p.workload,
  String(p.cycles),
  p.cellsPerCycle.toFixed(1),
  p.cold === null ? missing : `${(p.cold.wallMs / 1000).toFixed(1)} s`,
  p.warm === null ? missing : `${(p.warm.proveMs / 1000).toFixed(p.warm.proveMs < 10_000 ? 2 : 1)} s`,
  p.warm === null ? missing : formatCount(p.cycles / (p.warm.proveMs / 1000)),
  formatMs(p.warm?.verifyMs ?? p.cold?.verifyMs ?? 0),
  `${(p.proofBytes / 1e6).toFixed(2)} MB`,
  p.cold === null ? missing : formatBytes(p.cold.peakRssBytes),
  String(Math.floor(p.securityBits)),
];

const PROOF_HEAD = [
  ...['', 'cycles', 'cells a cycle', 'prove, cold start', 'prove, warm', 'cycles/s'],
  ...['verify', 'proof', 'peak memory', 'provable bits'],
];

/** The stages of the largest proof: where the time goes, and what part of the device's limit each reaches. */
function stageTable(proofs: readonly ProofResult[]): string {
  const largest = proofs.filter((p) => p.warm !== null).sort((a, b) => b.committedCells - a.committedCells)[0];
  if (largest?.warm === null || largest === undefined) return '';
  const rows = largest.warm.stages.map(({ name, wallMs, gpuMs, idleShare, roofline, kernels }) => {
    const [first] = Object.entries(kernels);
    const cells = largest.committedCells;
    const instructions = roofline === null ? 0 : roofline.work.multiplies + roofline.work.others;
    return [
      name,
      formatMs(wallMs),
      gpuMs === null ? missing : formatMs(gpuMs),
      idleShare === null ? missing : percent(idleShare),
      roofline === null ? missing : (instructions / cells).toFixed(0),
      roofline === null ? missing : (roofline.work.bytes / cells).toFixed(1),
      roofline === null ? missing : `${percent(roofline.fraction)}, ${roofline.bound}`,
      first === undefined ? missing : `${first[0]} ${formatMs(first[1])}`,
    ];
  });
  const { idleShare } = largest.warm;
  const isPredicted = largest.warm.stages.some(({ roofline }) => roofline !== null);
  const idle = idleShare === null ? '' : `: no kernel runs for ${percent(idleShare)} of the time`;
  const head = [
    ...['stage', 'time', 'kernels', 'GPU idle', 'instructions a cell', 'bytes a cell', 'of the limit'],
    'longest kernel',
  ];
  const note = isPredicted ? '; instructions and bytes are the prediction, per committed cell' : '';
  return `Stages of ${largest.workload}, warm${idle}${note}:\n\n${knownTable(head, rows)}`;
}

const limitsText = (l: DeviceLimits): string =>
  `Limits of the device, measured in the same run: copy ${formatCount(l.copyBytesPerSecond)}B/s, ` +
  `multiply-add ${formatCount(l.multiplyAddsPerSecond)}/s, other integer operations ${formatCount(l.simpleOpsPerSecond)}/s, ` +
  `a round trip ${l.roundTripUs.toFixed(0)} µs.`;

function kernelTable(kernels: readonly KernelResult[]): string {
  const rows = kernels.map(({ group, name, size, unit, rate, roofline }) => [
    group,
    name,
    size,
    `${formatCount(rate)} ${unit}/s`,
    roofline === null ? missing : `${percent(roofline.fraction)}, ${roofline.bound}`,
  ]);
  return markdownTable(['', 'kernel', 'size', 'rate', 'of the limit'], rows);
}

const folded = (title: string, body: string): string => `<details><summary>${title}</summary>\n\n${body}\n\n</details>`;

/** `plot`: path of the growth plot, as the README links it. */
export function deviceReport(file: BenchFile, plot: string | undefined): string {
  const { device, host, date, commit, dirty, limits, growth, quick, threads } = file;
  const tier = `${file.backend} backend${threads === null ? '' : `, ${threadsText(threads)}`}`;
  const name = device === null ? tier : deviceName(file);
  const parts = [
    `${name}${device === null ? '' : `, ${device.driver}`}; host ${host.cpu}, ${host.cores} cores, Node ${host.node}; ` +
      `${date.slice(0, 10)}, commit ${commit.slice(0, 10)}${dirty ? ' with changes' : ''}` +
      `${host.loadBefore > 0.5 ? `, on a busy machine (load ${host.loadBefore})` : ''}${quick ? ', quick run' : ''}:`,
  ];
  if (file.proofs.length > 0) parts.push(markdownTable(PROOF_HEAD, file.proofs.map(proofRow)), stageTable(file.proofs));
  if (growth !== null && growth.points.length > 0) {
    parts.push(`Growth with program size (${growth.guest}):`, knownTable(GROWTH_HEAD, growthRows(growth)));
    parts.push(growthVerdict(growth));
    if (plot !== undefined) parts.push(`![Cost and memory by program size](${plot})`);
  }
  if (limits !== null) parts.push(limitsText(limits));
  if (file.kernels.length > 0) parts.push(folded(`Kernels on ${name}`, kernelTable(file.kernels)));
  return parts.filter((part) => part !== '').join('\n\n');
}

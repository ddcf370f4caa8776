// node --import tsx bench/execute.ts [guest] [input bytes]: RISC-V instructions per second of the machine on a core, with
// the interpreter and translated, at plain speed (cut in segments) and with records. Later rounds find compiled code.
// Seconds are of processor time, the compiler's and the collector's threads included: others on the machine matter little.

import { readFileSync } from 'node:fs';
import { buildProgram, execute, loadElf, type Program, recordSegment, startRun } from '../src/machine/index.ts';

export interface ExecutionRates {
  readonly cycles: number;
  readonly segments: number;
  /** Millions of RISC-V instructions per second: best round. */
  readonly interpreter: number;
  readonly interpreterRecords: number;
  readonly plain: number;
  readonly records: number;
  /** The first round at plain speed, translation and compilation included, in ms. */
  readonly firstPlainMs: number;
}

const SEGMENT_STEPS = 2 ** 20;
const ROUNDS = 3;
/** The interpreter with records is slow and takes memory: it runs this share of the segments. */
const INTERPRETED_SEGMENTS = 1;

export function measureExecution(program: Program, input: Uint8Array): ExecutionRates {
  const maxCycles = 2 ** 40;
  const time = (run: () => void): number => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const cut = () => {
    const run = startRun(program, input, { segmentSteps: SEGMENT_STEPS, maxCycles });
    const cuts = [];
    for (let segment = run.next(); segment; segment = run.next()) cuts.push(segment);
    return { cuts, cycles: run.result.cycles, steps: run.result.steps };
  };
  const firstPlainMs = time(cut);
  const plainMs = Math.min(...Array.from({ length: ROUNDS }, () => time(cut)));
  const { cuts, cycles, steps } = cut();
  const perStep = cycles / steps;
  const rate = (microOps: number, ms: number): number => (microOps * perStep) / ms / 1000;
  let records = 0;
  for (const segment of [...cuts, ...cuts.slice(0, 3)]) {
    const ms = time(() => recordSegment(program, input, segment));
    records = Math.max(records, rate(segment.steps, ms));
  }
  let interpreterRecords = 0;
  for (const segment of cuts.slice(0, INTERPRETED_SEGMENTS)) {
    const ms = time(() => recordSegment(program, input, segment, { engine: 'interpreter' }));
    interpreterRecords = Math.max(interpreterRecords, rate(segment.steps, ms));
  }
  const interpreterMs = time(() => execute(program, input, { engine: 'interpreter', records: false, maxCycles }));
  return {
    cycles,
    segments: cuts.length,
    interpreter: cycles / interpreterMs / 1000,
    interpreterRecords,
    plain: cycles / plainMs / 1000,
    records,
    firstPlainMs,
  };
}

if (process.argv[1] === import.meta.filename) {
  const [guest = 'sha256', bytes = '200000'] = process.argv.slice(2);
  const elf = readFileSync(new URL(`../guests/elf/${guest}.elf`, import.meta.url));
  const input = Uint8Array.from({ length: Number(bytes) }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
  const rates = measureExecution(buildProgram(loadElf(new Uint8Array(elf))), input);
  for (const [name, value] of Object.entries(rates)) console.log(`${name}: ${Math.round(value * 10) / 10}`);
}

// Runs the assembly tests of riscv-arch-test (https://github.com/riscv-non-isa/riscv-arch-test), of which nothing is in
// this repository, through the executor, the row and relation checkers, and if asked the prover and the verifier.
// Signatures are compared with those of qemu-riscv32.
//   node --import tsx scripts/conformance/arch_test.ts <checkout> [--prove gpu|wasm|cpu] [name ...]
// docs/conformance.md has the results.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkExecution } from '../../src/cli/engine.ts';
import { execute, loadProgram, openProver, type Prover, verify, WispError } from '../../src/index.ts';

const ENV = fileURLToPath(new URL('env', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../guests/lib/wisp.ld', import.meta.url));
const SUITES = ['I', 'M', 'A', 'C'] as const;
/** Of Zcb and Zcmop, which are other extensions. */
const OTHER_EXTENSION = /^c(lbu|lh|lhu|mul|not|sb|sh|sext\.[bh]|zext\.[bhw])-/;
const NONE = new Uint8Array(0);

type Variant = 'LINUX' | 'SIGNATURE' | 'PLAIN';

function build(checkout: string, source: string, variant: Variant, out: string): void {
  const flags = ['-march=rv32imac_zicsr_zifencei', '-mabi=ilp32', '-static', '-nostdlib', '-nostartfiles'];
  const defines = ['-DXLEN=32', '-DFLEN=0', '-DTEST_CASE_1=True', `-DWISP_${variant}`];
  const link = [`-T${SCRIPT}`, '-Wl,--no-relax', '-Wl,--build-id=none', '-Wl,-e,rvtest_entry_point'];
  const includes = [`-I${ENV}`, `-I${join(checkout, 'riscv-test-suite', 'env')}`];
  const args = [...flags, '-mcmodel=medany', ...defines, ...link, ...includes, source, '-o', out];
  const run = spawnSync('riscv64-unknown-elf-gcc', args, { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`does not build: ${run.stderr.trim().split('\n')[1] ?? ''}`);
}

const MAX_BYTES = 2 ** 24;

async function check(checkout: string, source: string, folder: string, prover: Prover | undefined): Promise<string> {
  const elfOf = (variant: Variant): string => {
    const out = join(folder, variant);
    build(checkout, source, variant, out);
    return out;
  };
  const reference = spawnSync('qemu-riscv32', [elfOf('LINUX')], { maxBuffer: MAX_BYTES });
  if (reference.status !== 0) return `qemu ends with ${reference.signal ?? reference.status}`;
  const signing = loadProgram(readFileSync(elfOf('SIGNATURE')));
  const { journal } = execute(signing, NONE, { checkJournal: false, records: false });
  if (!Buffer.from(journal).equals(reference.stdout)) return 'another signature than qemu';
  const program = loadProgram(readFileSync(elfOf('PLAIN')));
  const run = execute(program, NONE);
  const problems = await checkExecution(program, run);
  if (problems.length > 0) return `witness: ${problems[0]}`;
  if (prover === undefined) return `pass, ${journal.length / 4} words, ${run.cycles} cycles`;
  verify((await prover.prove(program, NONE)).proof, program);
  return `pass, ${journal.length / 4} words, ${run.cycles} cycles, proven`;
}

const { values, positionals } = parseArgs({ options: { prove: { type: 'string' } }, allowPositionals: true });
const [checkout, ...wanted] = positionals;
if (checkout === undefined) throw new Error('usage: arch_test.ts <checkout> [--prove gpu|wasm|cpu] [name ...]');
const folder = mkdtempSync(join(tmpdir(), 'wisp-arch-test-'));
const backend = values.prove as 'gpu' | 'wasm' | 'cpu' | undefined;
const prover = backend === undefined ? undefined : await openProver({ backend });
let [passed, all] = [0, 0];
for (const suite of SUITES) {
  const sources = join(checkout, 'riscv-test-suite', 'rv32i_m', suite, 'src');
  for (const file of readdirSync(sources).sort()) {
    if (!file.endsWith('.S') || (suite === 'C' && OTHER_EXTENSION.test(file))) continue;
    const name = `${suite}/${file.slice(0, -2)}`;
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const outcome = await check(checkout, join(sources, file), folder, prover).catch((error: unknown) => {
      if (error instanceof WispError) return `${error.code}: ${error.message}`;
      return error instanceof Error ? error.message : String(error);
    });
    all++;
    if (outcome.startsWith('pass')) passed++;
    console.log(`${name.padEnd(24)} ${outcome}`);
  }
}
prover?.close();
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} of ${all} pass`);
process.exitCode = passed === all ? 0 : 1;

// Runs the assembly tests of riscv-tests (https://github.com/riscv-software-src/riscv-tests), of which nothing is in this
// repository, through the executor, the row and relation checkers, and if asked the prover and the verifier.
//   node --import tsx scripts/conformance/riscv_tests.ts <checkout> [--prove gpu|wasm|cpu] [name ...]
// docs/conformance.md has the results.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkExecution } from '../../src/cli/engine.ts';
import { execute, loadProgram, openProver, type Prover, verify, WispError } from '../../src/index.ts';

const ENV = fileURLToPath(new URL('env', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../guests/lib/wisp.ld', import.meta.url));
const SUITES = ['rv32ui', 'rv32um', 'rv32ua', 'rv32uc'] as const;
const EXPECTED_CODE = 0;

/** Stores into code are refused here: rvc's data, which stands between its instructions, moves to where data is. */
function prepared(name: string, source: string, isa: string): string {
  if (name !== 'rv32uc/rvc') return `#include "${source}"\n`;
  const text = readFileSync(join(isa, 'rv64uc', 'rvc.S'), 'utf8');
  const lines = readFileSync(source, 'utf8').replace(/#include "[^"]*rvc.S"/, () => text);
  return lines.replace(
    /(\.align 3; \\\n\s*data: \\\n(?:\s*\.dword .*\n){2})/,
    '.pushsection .data; $1 .popsection; \\\n',
  );
}

function build(checkout: string, name: string, source: string, out: string): string | undefined {
  const isa = join(checkout, 'isa');
  const file = `${out}.S`;
  writeFileSync(file, prepared(name, source, isa));
  const flags = ['-march=rv32imac_zifencei', '-mabi=ilp32', '-static', '-nostdlib', '-nostartfiles', `-T${SCRIPT}`];
  const includes = [
    `-I${ENV}`,
    `-I${join(isa, 'macros', 'scalar')}`,
    `-I${isa}`,
    '-Wl,--build-id=none',
    '-Wl,--no-relax',
  ];
  const run = spawnSync('riscv64-unknown-elf-gcc', [...flags, ...includes, file, '-o', out], { encoding: 'utf8' });
  return run.status === 0 ? undefined : run.stderr.trim().split('\n')[0];
}

interface Result {
  readonly name: string;
  readonly outcome: string;
  readonly cycles: number;
}

async function check(name: string, elf: Uint8Array, prover: Prover | undefined): Promise<Result> {
  const input = new Uint8Array(0);
  try {
    const program = loadProgram(elf);
    const run = execute(program, input);
    const { cycles } = run;
    if (run.exitCode !== EXPECTED_CODE) return { name, cycles, outcome: `case ${run.exitCode} fails` };
    const problems = await checkExecution(program, run);
    if (problems.length > 0) return { name, cycles, outcome: `witness: ${problems[0]}` };
    if (prover === undefined) return { name, cycles, outcome: 'pass' };
    const { proof } = await prover.prove(program, input);
    const { exitCode } = verify(proof, program);
    return { name, cycles, outcome: exitCode === EXPECTED_CODE ? 'pass, proven' : `proof of exit code ${exitCode}` };
  } catch (error) {
    if (error instanceof WispError) return { name, cycles: 0, outcome: `${error.code}: ${error.message}` };
    throw error;
  }
}

const { values, positionals } = parseArgs({ options: { prove: { type: 'string' } }, allowPositionals: true });
const [checkout, ...wanted] = positionals;
if (checkout === undefined) throw new Error('usage: riscv_tests.ts <checkout> [--prove gpu|wasm|cpu] [name ...]');
const folder = mkdtempSync(join(tmpdir(), 'wisp-riscv-tests-'));
const backend = values.prove as 'gpu' | 'wasm' | 'cpu' | undefined;
const prover = backend === undefined ? undefined : await openProver({ backend });
const results: Result[] = [];
for (const suite of SUITES) {
  const sources = readdirSync(join(checkout, 'isa', suite)).filter((file) => file.endsWith('.S'));
  for (const source of sources.sort()) {
    const name = `${suite}/${source.slice(0, -2)}`;
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const out = join(folder, `${suite}-${source}.elf`);
    const problem = build(checkout, name, join(checkout, 'isa', suite, source), out);
    const result =
      problem === undefined
        ? await check(name, readFileSync(out), prover)
        : { name, cycles: 0, outcome: `does not build: ${problem}` };
    results.push(result);
    console.log(`${name.padEnd(20)} ${String(result.cycles).padStart(6)}  ${result.outcome}`);
  }
}
prover?.close();
rmSync(folder, { recursive: true, force: true });
const passed = results.filter(({ outcome }) => outcome.startsWith('pass')).length;
console.log(`${passed} of ${results.length} pass`);
process.exitCode = passed === results.length ? 0 : 1;

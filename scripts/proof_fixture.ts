// Writes test/fixtures/proof_v2_testing.bin and bundle_v2_testing.bin: the CPU tier's proofs of guests/elf/fibonacci.elf for
// n = 20 under the testing parameters, whole and in segments: three that run and two that only hold first tuples. A change
// of them is a change of the protocol: bump the version, or have no proofs out there. `--tier wasm` gives the same bytes
// sooner.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Backend } from '../prover/backend.ts';
import { cpuBackend } from '../prover/cpu/backend.ts';
import { prove } from '../prover/prove.ts';
import { planRun, proveSegments } from '../prover/run.ts';
import { createWasmBackend } from '../prover/wasm/backend.ts';
import { verifyingKey } from '../src/air/key.ts';
import { encodeBundleHeader } from '../src/core/bundle.ts';
import { testing } from '../src/core/params.ts';
import { buildProgram, execute, loadElf, recordSegment, type SegmentCut, startRun } from '../src/machine/index.ts';
import { programTables } from '../src/machine/tables.ts';

const SEGMENT_STEPS = 700;
const MAX_FIRST_LOG = 9;

const elf = new Uint8Array(readFileSync(new URL('../guests/elf/fibonacci.elf', import.meta.url)));
const program = buildProgram(loadElf(elf));
const tables = programTables(program);
const input = Uint8Array.of(20, 0, 0, 0);

const inSegments = async (backend: Backend): Promise<Uint8Array> => {
  const source = {
    start: () => startRun(program, input, { segmentSteps: SEGMENT_STEPS }),
    record: async (cut: SegmentCut) => recordSegment(program, input, cut),
  };
  const key = verifyingKey(tables, testing.logBlowup);
  const header = await planRun(source, key, backend, { params: testing, maxFirstLog: MAX_FIRST_LOG });
  if (!header) throw new Error('the run fits one segment');
  const proofs: Uint8Array[] = [];
  await proveSegments(source, tables, key, header, {
    backend: async () => backend,
    has: () => false,
    save: (index, proof) => {
      proofs[index] = proof;
    },
  });
  const front = encodeBundleHeader({ ...header, proofBytes: proofs.map((p) => p.length) });
  return new Uint8Array(Buffer.concat([front, ...proofs]));
};

const wasm = process.argv.includes('wasm') ? await createWasmBackend() : undefined;
const backend = wasm ?? cpuBackend;
const folder = new URL('../test/fixtures/', import.meta.url);
mkdirSync(folder, { recursive: true });
const { proof } = await prove(tables, execute(program, input), backend, { params: testing });
writeFileSync(new URL('proof_v2_testing.bin', folder), proof);
writeFileSync(new URL('bundle_v2_testing.bin', folder), await inSegments(backend));
wasm?.destroy();

// The library's proofs, on the WebAssembly tier.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  createInput,
  loadProgram,
  MachineError,
  OptionError,
  openProver,
  type Prover,
  prove,
  readJournal,
  verify,
  WispError,
} from '../../src/index.ts';

const program = loadProgram(readFileSync(new URL('../../guests/elf/fibonacci.elf', import.meta.url)));
const input = createInput().u32(20).finish();

describe('library', () => {
  let folder = '';
  let prover: Prover;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wisp-library-'));
    prover = await openProver({ backend: 'wasm', threads: 1 });
  });
  after(() => {
    prover.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('proves and verifies', async () => {
    const stages = new Set<string>();
    const options = {
      backend: 'wasm',
      threads: 1,
      onProgress: ({ stage }: { stage: string }) => stages.add(stage),
    } as const;
    const { proof, journal, exitCode, segments, backend } = await prove(program, input, options);
    assert.deepEqual([exitCode, segments, backend], [0, 1, 'wasm']);
    assert.equal(readJournal(journal).u32(), 6765);
    assert.ok(stages.has('open device') && stages.has('execute') && stages.has('fri') && stages.has('verify'));
    const verified = verify(proof, program);
    assert.deepEqual([verified.exitCode, verified.segments], [0, 1]);
    assert.deepEqual(verified.journal, journal);
    assert.ok(verified.securityBits >= 100);
  });

  it('proves in segments, into memory', async () => {
    const { proof, segments, cycles, proofBytes } = await prover.prove(program, input, { segmentSteps: 800 });
    assert.equal(segments, 3);
    assert.equal(cycles, 1515);
    assert.equal(proof.length, proofBytes);
    assert.equal(verify(proof, program).segments, 3);
    const refused = (bytes: Uint8Array, code: string): void =>
      assert.throws(
        () => verify(bytes, program),
        (error) => error instanceof WispError && error.code === code,
      );
    refused(proof.subarray(0, -4), 'proof_truncated');
    refused(new Uint8Array(Buffer.concat([proof, new Uint8Array(4)])), 'proof_trailing');
    refused(proof.subarray(0, 16), 'proof_truncated');
  });

  it('proves in segments into a file, and goes on from proven ones', async () => {
    const path = join(folder, 'f.proof');
    const workDir = join(folder, 'work');
    const options = { segmentSteps: 800, workDir };
    await prover.proveToFile(program, input, path, options);
    const first = readFileSync(path);
    assert.equal(verify(first, program).segments, 3);
    const parts = readdirSync(workDir).filter((name) => name.endsWith('.proof'));
    assert.equal(parts.length, 3);
    rmSync(join(workDir, parts[1] ?? ''));
    writeFileSync(join(workDir, parts[2] ?? ''), 'damaged');
    const proven: number[] = [];
    const notices: string[] = [];
    await prover.proveToFile(program, input, path, {
      ...options,
      onProgress: ({ stage, segment = -1 }) => void (stage === 'trace' && proven.push(segment)),
      onNotice: (text) => notices.push(text),
    });
    assert.deepEqual(proven, [1, 2]);
    assert.match(notices.join(), /segment 3 does not verify/);
    assert.deepEqual(readFileSync(path), first);
    await assert.rejects(prover.proveToFile(program, createInput().u32(21).finish(), path, options), /another run/);
  });

  it('leaves no folder of its own behind', async () => {
    const path = join(folder, 'g.proof');
    await prover.proveToFile(program, input, path, { segmentSteps: 800 });
    assert.ok(existsSync(path) && !existsSync(`${path}.work`));
  });

  it('refuses runs that do not end well, and options that mean nothing', async () => {
    await assert.rejects(
      prover.prove(program),
      (error) => error instanceof MachineError && error.code === 'input_over_read',
    );
    const few = prover.prove(program, input, { maxCycles: 1000 });
    await assert.rejects(few, (error) => error instanceof MachineError && error.code === 'limit_exceeded');
    await assert.rejects(prove(program, input, { backend: 'cpu', threads: 2 }), OptionError);
  });
});

// wisp prove: proves a run, verifies the proof, and only then writes it.
import { basename } from 'node:path';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { type BackendName, loadProgram, proveProgram, type SecurityName, verifyProof } from '../engine.ts';
import { CliError, EXIT_OK } from '../errors.ts';
import { checkWritable, readBytes, readOptional, writeWhole } from '../files.ts';
import { fields, formatBits, formatBytes, formatCount, formatMs, toHex } from '../format.ts';
import type { Io } from '../io.ts';
import { createProgress } from '../progress.ts';

/** What both presets promise; the verifier recomputes it. */
const PROMISED_SECURITY_BITS = 100;

export const command: Command = {
  spec: {
    summary: 'Runs a program, proves the run, verifies the proof and writes it.',
    positionals: ['elf'],
    options: {
      input: { value: 'file', help: "the program's input; empty if absent" },
      out: { value: 'file', help: 'where to write the proof; <elf>.proof in this folder if absent' },
      backend: { value: 'name', choices: ['auto', 'gpu', 'cpu'], help: 'auto takes the GPU, or its software adapter' },
      adapter: { value: 'name', help: "a part of an adapter's name, or software; see wisp devices" },
      security: { value: 'preset', choices: ['standard', 'compact'], help: 'compact proofs are smaller and slower' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const path = positional(args, 0);
    const program = await loadProgram(readBytes(path, 'program'));
    const input = readOptional(args.values.input, 'input');
    const out = args.values.out ?? `${basename(path).replace(/\.elf$/, '')}.proof`;
    checkWritable(out, 'proof');
    const progress = createProgress(io);
    const started = performance.now();
    const outcome = await proveProgram({
      program,
      input,
      backend: (args.values.backend ?? 'auto') as BackendName,
      adapter: args.values.adapter,
      security: (args.values.security ?? 'standard') as SecurityName,
      onProgress: progress.report,
    }).finally(progress.finish);
    const proveMs = performance.now() - started;
    const verifyStarted = performance.now();
    const verified = await verifyProof({ proof: outcome.proof, program, minSecurityBits: PROMISED_SECURITY_BITS });
    const verifyMs = performance.now() - verifyStarted;
    if (!verified.ok) {
      throw new CliError('self_check_failed', `the proof does not verify (${verified.code}: ${verified.message})`);
    }
    writeWhole(out, outcome.proof, 'proof');
    const { journal, cycles, segments, gpuBytes, adapter, backend } = outcome;
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    return {
      exitCode: EXIT_OK,
      json: {
        journal: toHex(journal),
        exitCode: outcome.exitCode,
        cycles,
        segments,
        proveMs,
        verifyMs,
        proofBytes: outcome.proof.length,
        peakRssBytes,
        gpuBytes,
        securityBits: verified.securityBits,
        adapter,
        backend,
        stages: progress.stages(),
        out,
      },
      text: fields([
        ['journal', toHex(verified.journal) || '(empty)'],
        ['exit code', String(verified.exitCode)],
        ['proved', `${cycles} cycles in ${formatMs(proveMs)}, ${formatCount(cycles / (proveMs / 1000))} cycles/s`],
        ['verified', `in ${formatMs(verifyMs)}, ${formatBits(verified.securityBits)}`],
        ['proof', `${out}, ${formatBytes(outcome.proof.length)}`],
        ['memory', `${formatBytes(peakRssBytes)} process, ${formatBytes(gpuBytes)} GPU buffers`],
        ['backend', adapter === null ? backend : `${backend}, ${adapter}`],
      ]),
    };
  },
};

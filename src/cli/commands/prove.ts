// wisp prove: proves a run, verifies the proof, and only then writes it.
import { basename } from 'node:path';
import { MAX_THREADS } from '../../../prover/wasm/workers.ts';
import { BACKEND_NAMES, type BackendName } from '../../host/backends.ts';
import { checkWritable, readBytes, readOptional } from '../../host/files.ts';
import { integerOption } from '../args.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { diagnose } from '../diagnose.ts';
import { loadProgram } from '../engine.ts';
import { EXIT_OK } from '../errors.ts';
import { fields, formatBits, formatBytes, formatCount, formatMs, toHex } from '../format.ts';
import type { Io } from '../io.ts';
import { memoryOption } from '../memory.ts';
import { createProgress } from '../progress.ts';
import { proveProgram, type SecurityName } from '../proving.ts';

export const command: Command = {
  spec: {
    summary: 'Runs a program, proves the run, verifies the proof and writes it.',
    positionals: ['elf'],
    options: {
      input: { value: 'file', help: "the program's input; empty if absent" },
      out: { value: 'file', help: 'where to write the proof; <elf>.proof in this folder if absent' },
      backend: { value: 'name', choices: BACKEND_NAMES, help: 'auto takes the GPU, or wasm where there is none' },
      adapter: { value: 'name', help: "a part of an adapter's name, or software; see wisp devices" },
      security: { value: 'preset', choices: ['standard', 'compact'], help: 'compact proofs are smaller and slower' },
      memory: { value: 'size', help: "memory for a segment's proof: 1G, 2G, 4G, 8G, 24G, any size, or auto" },
      threads: { value: 'n', help: 'threads of the wasm backend; all cores if absent' },
      'server-preset': { help: "turns off Dawn's checks: for a machine that runs nothing but proofs" },
      'segment-steps': { value: 'n', help: 'most micro-ops of a segment; what the memory allows if absent' },
      'work-dir': { value: 'folder', help: 'keeps proven segments here, and goes on from those it finds' },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const segmentSteps = args.values['segment-steps'] ? integerOption(args, 'segment-steps', 256, 0) : undefined;
    const threads = args.values.threads ? integerOption(args, 'threads', 1, 0, MAX_THREADS) : undefined;
    const memory = memoryOption(args);
    const path = positional(args, 0);
    const elf = readBytes(path, 'program');
    const program = await loadProgram(elf);
    const input = readOptional(args.values.input, 'input');
    const out = args.values.out ?? `${basename(path).replace(/\.elf$/, '')}.proof`;
    checkWritable(out, 'proof');
    const progress = createProgress(io);
    const started = performance.now();
    const outcome = await proveProgram({
      program,
      input,
      out,
      segmentSteps,
      workDir: args.values['work-dir'],
      backend: (args.values.backend ?? 'auto') as BackendName,
      adapter: args.values.adapter,
      memory,
      threads,
      serverPreset: args.flags.has('server-preset'),
      security: (args.values.security ?? 'standard') as SecurityName,
      onProgress: progress.report,
      onNotice: (text) => io.err(`wisp: ${text}\n`),
    })
      .finally(progress.finish)
      .catch(async (error: unknown) => {
        throw (await diagnose(error, program, elf, input)).error;
      });
    const { journal, cycles, segments, resumed, gpuBytes, adapter, backend, verifyMs, securityBits, proofBytes } =
      outcome;
    const proveMs = performance.now() - started - verifyMs;
    const peakRssBytes = process.resourceUsage().maxRSS * 1024;
    return {
      exitCode: EXIT_OK,
      json: {
        journal: toHex(journal),
        exitCode: outcome.exitCode,
        cycles,
        segments,
        resumed,
        proveMs,
        verifyMs,
        proofBytes,
        peakRssBytes,
        gpuBytes,
        securityBits,
        adapter,
        backend,
        stages: progress.stages(),
        out,
      },
      text: fields([
        ['journal', toHex(journal) || '(empty)'],
        ['exit code', String(outcome.exitCode)],
        ['proved', `${cycles} cycles in ${formatMs(proveMs)}, ${formatCount(cycles / (proveMs / 1000))} cycles/s`],
        ['segments', resumed > 0 ? `${segments}, ${resumed} of them proven before` : String(segments)],
        ['verified', `in ${formatMs(verifyMs)}, ${formatBits(securityBits)}`],
        ['proof', `${out}, ${formatBytes(proofBytes)}`],
        [
          'memory',
          `${formatBytes(peakRssBytes)} process${gpuBytes > 0 ? `, ${formatBytes(gpuBytes)} GPU buffers` : ''}`,
        ],
        ['backend', adapter === null ? backend : `${backend}, ${adapter}`],
      ]),
    };
  },
};

// wisp verify: accepts or refuses a proof of a run of a program.

import { readBytes } from '../../host/files.ts';
import { integerOption, requiredOption } from '../args.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { loadProgram, verifyProof } from '../engine.ts';
import { EXIT_FAILED, EXIT_OK } from '../errors.ts';
import { fields, formatBits, formatMs, toHex } from '../format.ts';
import type { Io } from '../io.ts';

const DEFAULT_MIN_SECURITY_BITS = 100;

export const command: Command = {
  spec: {
    summary: 'Verifies a proof against the program that it claims to be a run of.',
    positionals: ['proof'],
    options: {
      program: { value: 'elf', help: 'the program (required)' },
      'min-security': { value: 'bits', help: `refuse fewer provable bits; ${DEFAULT_MIN_SECURITY_BITS} if absent` },
    },
  },
  async run(args: ParsedArguments, io: Io): Promise<CommandResult> {
    const programPath = requiredOption(args, 'program');
    const minSecurityBits = integerOption(args, 'min-security', 1, DEFAULT_MIN_SECURITY_BITS);
    const path = positional(args, 0);
    const program = await loadProgram(readBytes(programPath, 'program'));
    const started = performance.now();
    const outcome = await verifyProof({ proof: path, program, minSecurityBits });
    const verifyMs = performance.now() - started;
    if (!outcome.ok) {
      const { code, message } = outcome;
      if (!args.flags.has('json')) io.err(`wisp: proof refused: ${message}\n`);
      return {
        exitCode: EXIT_FAILED,
        json: { ok: false, verifyMs, error: { code, message } },
        text: `refused (${code})`,
      };
    }
    const { journal, exitCode, securityBits, segments } = outcome;
    return {
      exitCode: EXIT_OK,
      json: { ok: true, journal: toHex(journal), exitCode, segments, securityBits, verifyMs },
      text: fields([
        ['verified', `in ${formatMs(verifyMs)}, ${formatBits(securityBits)}`],
        ['journal', toHex(journal) || '(empty)'],
        ['exit code', String(exitCode)],
        ['segments', String(segments)],
      ]),
    };
  },
};

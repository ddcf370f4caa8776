// wisp key: the verifying key of a program, which stands for its code and initial memory.

import { readBytes } from '../../host/files.ts';
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { loadProgram, verifyingKeyBytes } from '../engine.ts';
import { EXIT_OK } from '../errors.ts';
import { toHex } from '../format.ts';
import type { SecurityName } from '../proving.ts';

export const command: Command = {
  spec: {
    summary: "Prints a program's verifying key in hex.",
    positionals: ['elf'],
    options: {
      security: { value: 'preset', choices: ['standard', 'compact'], help: 'the parameters that the key is for' },
    },
  },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const program = await loadProgram(readBytes(positional(args, 0), 'program'));
    const key = toHex(await verifyingKeyBytes(program, (args.values.security ?? 'standard') as SecurityName));
    return { exitCode: EXIT_OK, json: { key }, text: key };
  },
};

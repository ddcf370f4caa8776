// wisp inspect: what a proof says of itself. Nothing here is verified.
import { type Command, type CommandResult, type ParsedArguments, positional } from '../command.ts';
import { summarizeProof } from '../engine.ts';
import { EXIT_OK } from '../errors.ts';
import { fields } from '../format.ts';

export const command: Command = {
  spec: { summary: 'Shows what a proof contains, without verifying it.', positionals: ['proof'], options: {} },
  async run(args: ParsedArguments): Promise<CommandResult> {
    const summary = await summarizeProof(positional(args, 0));
    return {
      exitCode: EXIT_OK,
      json: Object.fromEntries(summary.map(({ name, value }) => [name, value])),
      text: fields(summary.map(({ name, text }) => [name, text] as const)),
    };
  },
};

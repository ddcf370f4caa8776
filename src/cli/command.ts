// What a command is made of. One file per command in commands/; `cli.ts` finds, parses, runs and reports.
import type { Io } from './io.ts';

export interface OptionSpec {
  /** Absent for a flag. In the help it stands for the value. */
  readonly value?: string;
  readonly help: string;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly summary: string;
  /** Names of the positional arguments, all required. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface ParsedArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  readonly flags: ReadonlySet<string>;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface CommandResult {
  readonly exitCode: number;
  /** What `--json` prints. */
  readonly json: { readonly [key: string]: JsonValue };
  /** What is printed otherwise, without a final line feed. */
  readonly text: string;
}

export interface Command {
  readonly spec: CommandSpec;
  run(args: ParsedArguments, io: Io): Promise<CommandResult>;
}

/** The n-th positional argument; the parser has checked that it is there. */
export function positional(args: ParsedArguments, n: number): string {
  return args.positionals[n] ?? '';
}

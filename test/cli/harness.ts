// Runs the command line in this process with a captured terminal.
import { cli } from '../../src/cli/cli.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

export async function runCli(...argv: readonly string[]): Promise<CliRun> {
  let out = '';
  let err = '';
  const exitCode = await cli(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    columns: 80,
  });
  return { exitCode, out, err };
}

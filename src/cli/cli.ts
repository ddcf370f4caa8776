// Finds the command, runs it, and turns whatever happens into output and an exit code.
import { commandHelp, parseCommandLine } from './args.ts';
import type { Command } from './command.ts';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE, errorCode, errorMessage, UsageError } from './errors.ts';
import type { Io } from './io.ts';

/** Loaded on demand: `wisp verify` must not load WebGPU, and none should wait for what it does not use. */
const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  new: () => import('./commands/new.ts'),
  run: () => import('./commands/run.ts'),
  prove: () => import('./commands/prove.ts'),
  verify: () => import('./commands/verify.ts'),
  inspect: () => import('./commands/inspect.ts'),
  devices: () => import('./commands/devices.ts'),
  key: () => import('./commands/key.ts'),
  node: () => import('./commands/node.ts'),
  load: () => import('./commands/load.ts'),
  worker: () => import('./commands/worker.ts'),
  status: () => import('./commands/status.ts'),
  cost: () => import('./commands/cost.ts'),
};

const HELP = `wisp proves runs of RISC-V programs, on the GPU or the processor, and verifies the proofs.

  wisp new <name>       make a project in Rust or C
  wisp run <elf>        run a program without proving
  wisp prove <elf>      run, prove and verify
  wisp verify <proof>   verify a proof of a program
  wisp inspect <proof>  show what a proof contains
  wisp devices          list what can prove here
  wisp key <elf>        show a program's verifying key
  wisp node             run a rollup node
  wisp load <url>       send transfers to a node and time them
  wisp worker <url>     prove batches for a node
  wisp status <url>     show what a node is at
  wisp cost             what proving a transfer costs

Each command explains its options with --help.
Exit codes: 0 ok, 1 refused or failed, 2 wrong usage.`;

export async function cli(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    (name === undefined ? io.err : io.out)(`${HELP}\n`);
    return name === undefined ? EXIT_USAGE : EXIT_OK;
  }
  const json = rest.includes('--json');
  try {
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw new UsageError(`there is no command "${name}"`);
    const { command } = await load();
    const args = parseCommandLine(command.spec, rest);
    if (args.flags.has('help')) {
      io.out(`${commandHelp(name, command.spec)}\n`);
      return EXIT_OK;
    }
    const result = await command.run(args, io);
    io.out(`${args.flags.has('json') ? JSON.stringify(result.json) : result.text}\n`);
    return result.exitCode;
  } catch (error) {
    const [code, message] = [errorCode(error), errorMessage(error)];
    const usage = code === 'usage';
    if (json) io.out(`${JSON.stringify({ ok: false, error: { code, message } })}\n`);
    io.err(`wisp: ${message}${usage ? ' (see wisp --help)' : ''}\n`);
    if (code === 'internal' && process.env.WISP_DEBUG !== undefined && error instanceof Error)
      io.err(`${error.stack}\n`);
    return usage ? EXIT_USAGE : EXIT_FAILED;
  }
}

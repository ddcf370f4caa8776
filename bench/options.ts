// The benchmark's command line.
import { parseArgs } from 'node:util';
import { MAX_THREADS } from '../prover/wasm/workers.ts';

export const PARTS = ['kernels', 'proofs', 'growth'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  /** As `wisp prove` takes it. */
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly memory: string | undefined;
  readonly segmentSteps: number | undefined;
  readonly threads: number | undefined;
  readonly serverPreset: boolean;
  readonly out: string | undefined;
  readonly quick: boolean;
  readonly minutes: number;
  readonly fromLog: number;
  readonly toLog: number;
  /** Names of workloads, or parts of names; all where empty. */
  readonly workloads: readonly string[];
  readonly skipCold: boolean;
}

export type BenchCommand =
  | { readonly kind: 'run'; readonly options: BenchOptions }
  | { readonly kind: 'compare'; readonly files: readonly [string, string] }
  | { readonly kind: 'help' };

export class OptionError extends Error {}

export const HELP = `npm run bench -- [options]

  --only kernels|proofs|growth   a part, or several with commas; all of them if absent
  --backend <name>               what proves, as wisp prove takes it (auto)
  --adapter <name>               a part of an adapter's name, or software
  --memory <size>                memory for a segment's proof, as wisp prove takes it
  --threads <n>                  threads of the wasm backend; all cores if absent
  --server-preset                Dawn's checks off, on a GPU, as wisp prove takes it
  --segment-steps <n>            most micro-ops of a segment
  --workloads <name,...>         only workloads whose names contain one of these
  --minutes <n>                  time for growth (10)
  --from <k>, --to <k>           growth from 2^k (16) to 2^k (30) instructions
  --no-cold                      no proofs in processes of their own
  --out <file>                   where to write the results; bench/results/<device>--<date>.json if absent
  --quick                        small sizes and few of them: tries the benchmark out, measures nothing well

npm run bench -- --compare <a.json> <b.json>
npm run bench:report             renders the newest results of each device to the README and bench/plots/`;

const whole = (name: string, text: string | undefined, fallback: number, max: number): number => {
  if (text === undefined) return fallback;
  const value = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= max)) throw new OptionError(`--${name} is a whole number from 1 to ${max}`);
  return value;
};

export function readOptions(argv: readonly string[]): BenchCommand {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw new OptionError(error instanceof Error ? (error.message.split('. ', 1)[0] as string) : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return { kind: 'help' };
  if (values.compare) {
    const [a, b, ...more] = positionals;
    if (a === undefined || b === undefined || more.length > 0) throw new OptionError('--compare takes two files');
    return { kind: 'compare', files: [a, b] };
  }
  if (positionals.length > 0) throw new OptionError(`unexpected argument "${positionals[0]}"`);
  const named = values.only?.split(',') ?? PARTS;
  const parts = PARTS.filter((part) => named.includes(part));
  const unknown = named.find((name) => !PARTS.some((part) => part === name));
  if (unknown !== undefined) throw new OptionError(`--only takes ${PARTS.join(', ')}, not "${unknown}"`);
  const { threads, 'segment-steps': steps } = values;
  const quick = values.quick ?? false;
  const fromLog = whole('from', values.from, quick ? 13 : 16, 30);
  return {
    kind: 'run',
    options: {
      parts,
      backend: values.backend ?? 'auto',
      adapter: values.adapter,
      memory: values.memory,
      segmentSteps: steps === undefined ? undefined : whole('segment-steps', steps, 0, 2 ** 26),
      threads: threads === undefined ? undefined : whole('threads', threads, 0, MAX_THREADS),
      serverPreset: values['server-preset'] ?? false,
      out: values.out,
      quick,
      minutes: whole('minutes', values.minutes, quick ? 1 : 10, 24 * 60),
      fromLog,
      toLog: whole('to', values.to, quick ? fromLog + 1 : 30, 32),
      workloads: values.workloads?.split(',') ?? [],
      skipCold: values['no-cold'] ?? false,
    },
  };
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      backend: { type: 'string' },
      adapter: { type: 'string' },
      memory: { type: 'string' },
      'segment-steps': { type: 'string' },
      threads: { type: 'string' },
      'server-preset': { type: 'boolean' },
      workloads: { type: 'string' },
      minutes: { type: 'string' },
      from: { type: 'string' },
      to: { type: 'string' },
      'no-cold': { type: 'boolean' },
      out: { type: 'string' },
      quick: { type: 'boolean' },
      compare: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });

// The node's settings: from a file, the environment and flags, the later over the earlier.
import { readFileSync } from 'node:fs';
import { SequencerError } from './errors.ts';

export interface Setting {
  readonly value?: string;
  readonly help: string;
  readonly fallback: string;
  /** A whole number in this range; text if absent. */
  readonly range?: readonly [min: number, max: number];
  readonly choices?: readonly string[];
}

export type SettingName =
  | 'host'
  | 'port'
  | 'data'
  | 'hosts'
  | 'cors'
  | 'follow'
  | 'chain-id'
  | 'block-ms'
  | 'signature-threads'
  | 'reader-threads'
  | 'pool-size'
  | 'batch-blocks'
  | 'batch-transactions'
  | 'batch-seconds'
  | 'batch-gas'
  | 'batch-bytes'
  | 'lease-seconds'
  | 'segment-steps'
  | 'queue'
  | 'worker-secret'
  | 'prove'
  | 'log-level';

/** By flag; in the environment `WISP_NODE_` and the name in capitals; in a file the name as it is. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  host: { value: 'address', help: 'address to listen on', fallback: '127.0.0.1' },
  port: { value: 'n', help: 'port; 0 for any', fallback: '8545', range: [0, 65_535] },
  data: { value: 'dir', help: 'folder of the log and the database', fallback: '' },
  hosts: { value: 'names', help: 'host names that requests may be for, with commas; * for any', fallback: '' },
  cors: { value: 'origin', help: 'web pages that may use the node: an origin or *', fallback: '' },
  follow: { value: 'url', help: 'follow this node instead of making blocks', fallback: '' },
  'chain-id': { value: 'n', help: 'chain id', fallback: '131071', range: [1, 2 ** 32] },
  'block-ms': {
    value: 'n',
    help: "milliseconds from a block's first transaction to its end",
    fallback: '250',
    range: [1, 60_000],
  },
  'signature-threads': { value: 'n', help: 'threads that recover senders', fallback: '1', range: [1, 256] },
  'reader-threads': {
    value: 'n',
    help: 'threads that run calls and traces and find logs',
    fallback: '1',
    range: [1, 256],
  },
  'pool-size': { value: 'n', help: 'transactions in the pool', fallback: '50000', range: [1, 10_000_000] },
  'batch-blocks': {
    value: 'n',
    help: 'blocks of a batch at most; 0 makes no batches, or 40 with --prove or --queue',
    fallback: '0',
    range: [0, 100_000],
  },
  'batch-transactions': {
    value: 'n',
    help: 'transactions after which a batch is closed',
    fallback: '1000',
    range: [1, 1_000_000],
  },
  'batch-seconds': { value: 'n', help: 'seconds after which a batch is closed', fallback: '10', range: [1, 86_400] },
  'batch-gas': {
    value: 'n',
    help: 'gas of a batch at most, unless it is a single block',
    fallback: '18000000',
    range: [21_000, 100_000_000_000],
  },
  'batch-bytes': {
    value: 'n',
    help: "bytes of a batch's transactions at most, unless it is a single block",
    fallback: '4194304',
    range: [1024, 2 ** 30],
  },
  'lease-seconds': {
    value: 'n',
    help: 'seconds a worker has between signs of life',
    fallback: '60',
    range: [1, 86_400],
  },
  'segment-steps': {
    value: 'n',
    help: 'micro-ops that a worker proves at a time, at most; 0 has batches proven whole',
    fallback: '1048576',
    range: [0, 16_000_000],
  },
  queue: { value: 'url', help: 'where workers find jobs: http on the node itself, or nats://…', fallback: 'http' },
  'worker-secret': { value: 'text', help: 'what workers have to bring', fallback: '' },
  prove: {
    value: 'backend',
    help: 'prove in this process too, with gpu, wasm, cpu or auto',
    fallback: 'none',
    choices: ['none', 'auto', 'gpu', 'wasm', 'cpu'],
  },
  'log-level': {
    value: 'level',
    help: 'least level that is logged',
    fallback: 'info',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
  },
};

export type NodeSettings = Readonly<Record<SettingName, string>> & { number(name: SettingName): number };

const fail = (message: string): never => {
  throw new SequencerError('bad_config', message);
};

function fileSettings(path: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return fail(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return fail(`${path} is no JSON object`);
  for (const name of Object.keys(parsed)) if (!Object.hasOwn(SETTINGS, name)) fail(`${path}: no setting "${name}"`);
  return parsed as Record<string, unknown>;
}

export function readSettings(
  flags: Readonly<Record<string, string | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
  file: string | undefined,
): NodeSettings {
  const fromFile = file === undefined ? {} : fileSettings(file);
  const entries = Object.entries(SETTINGS).map(([name, setting]) => {
    const variable = `WISP_NODE_${name.toUpperCase().replaceAll('-', '_')}`;
    const text = String(flags[name] ?? env[variable] ?? fromFile[name] ?? setting.fallback);
    const { range, choices } = setting;
    const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
    if (range !== undefined && !(value >= range[0] && value <= range[1])) {
      fail(`${name} must be a whole number from ${range[0]} to ${range[1]}, not "${text}"`);
    }
    if (choices !== undefined && !choices.includes(text))
      fail(`${name} must be ${choices.join(' or ')}, not "${text}"`);
    return [name, text] as const;
  });
  const values = Object.fromEntries(entries) as Readonly<Record<SettingName, string>>;
  return { ...values, number: (name) => Number(values[name]) };
}

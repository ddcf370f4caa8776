// Reads a command line against a command's specification.
import { parseArgs } from 'node:util';
import type { CommandSpec, OptionSpec, ParsedArguments } from './command.ts';
import { UsageError } from './errors.ts';

/** Options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  json: { help: 'print one JSON object' },
  help: { help: 'show this help' },
};

export function parseCommandLine(spec: CommandSpec, argv: readonly string[]): ParsedArguments {
  const known = { ...spec.options, ...COMMON_OPTIONS };
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { value }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string' } as const,
    ]),
  );
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError((message.split('. ', 1)[0] ?? message).replace(/\n.*/s, ''));
  }
  const values: Record<string, string> = {};
  const flags = new Set<string>();
  for (const [name, value] of Object.entries(parsed.values)) {
    if (value === true) flags.add(name);
    if (typeof value !== 'string') continue;
    const choices = known[name]?.choices;
    if (choices !== undefined && !choices.includes(value)) {
      throw new UsageError(`--${name} must be ${choices.join(' or ')}, not "${value}"`);
    }
    values[name] = value;
  }
  if (!flags.has('help')) checkPositionals(spec, parsed.positionals);
  return { positionals: parsed.positionals, values, flags };
}

function checkPositionals(spec: CommandSpec, given: readonly string[]): void {
  const missing = spec.positionals[given.length];
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing`);
  const extra = given[spec.positionals.length];
  if (extra !== undefined) throw new UsageError(`unexpected argument "${extra}"`);
}

/** A whole number from `min` to `max`, or `fallback` where the option is absent. */
export function integerOption(
  args: ParsedArguments,
  name: string,
  min: number,
  fallback: number,
  max: number = Number.POSITIVE_INFINITY,
): number {
  const text = args.values[name];
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    const range = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new UsageError(`--${name} must be a whole number ${range}, not "${text}"`);
  }
  return value;
}

export function requiredOption(args: ParsedArguments, name: string): string {
  const value = args.values[name];
  if (value === undefined) throw new UsageError(`--${name} is missing`);
  return value;
}

export function commandHelp(name: string, spec: CommandSpec): string {
  const positionals = spec.positionals.map((positional) => ` <${positional}>`).join('');
  const rows = Object.entries({ ...spec.options, ...COMMON_OPTIONS }).map(([option, { value, help, choices }]) => {
    const argument = value === undefined ? '' : ` ${choices?.join('|') ?? `<${value}>`}`;
    return [`  --${option}${argument}`, help] as const;
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  const lines = rows.map(([left, right]) => left.padEnd(width) + right);
  return [`wisp ${name}${positionals} [options]`, '', spec.summary, '', ...lines].join('\n');
}

// Says where in the program a run failed: it is run again under observation, and the calls that led there are named.
import { MachineError, type Program } from '../machine/index.ts';
import type { Frame } from '../machine/trace.ts';
import { CliError } from './errors.ts';
import { shorten, symbolName } from './profile.ts';

/** Runs that reached a bound on their length took long already. */
const NOT_AGAIN: readonly string[] = ['limit_exceeded'];
const MAX_FRAMES = 4;
/** What a panic goes through before it reaches the host. */
const PANIC_MACHINERY =
  /\bpanicking\b|begin_unwind|unwrap_failed|expect_failed|panic_handler|^wisp_panic|^wisp::machine|^core::fmt|^<core::fmt/;

export interface Diagnosis {
  readonly error: unknown;
  /** What the program had printed until then. */
  readonly text: string;
}

/** `error` with the calls that led to it, where it is one of the machine; any other as it is. */
export async function diagnose(
  error: unknown,
  program: Program,
  elf: Uint8Array,
  input: Uint8Array,
): Promise<Diagnosis> {
  if (!(error instanceof MachineError) || NOT_AGAIN.includes(error.code)) return { error, text: '' };
  const [{ trace }, { readLines }] = await Promise.all([
    import('../machine/trace.ts'),
    import('../machine/dwarf/lines.ts'),
  ]);
  const lines = readLines(elf);
  const { stack, text } = trace(program, input, { maxCycles: Number.POSITIVE_INFINITY });
  const named = stack.map(({ symbol, pc }: Frame) => {
    const line = lines.at(pc);
    return { name: symbolName(program, symbol), at: line === undefined ? '' : ` (${shorten(line.file)}:${line.line})` };
  });
  const isPanic = error.code === 'guest_panic';
  const outermost = isPanic ? named.findLastIndex(({ name }) => PANIC_MACHINERY.test(name)) : -1;
  const own = named.slice(outermost + 1);
  const frames = own.slice(0, MAX_FRAMES).map(({ name, at }) => name + at);
  if (own.length > MAX_FRAMES) frames.push('...');
  const where = frames.length === 0 ? '' : `; in ${frames.join(', called by ')}`;
  return { error: new CliError(error.code, `${isPanic ? 'the program ' : ''}${error.message}${where}`), text };
}

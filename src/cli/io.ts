// The terminal as the commands see it; tests pass their own.

export interface Io {
  /** Results. */
  out(text: string): void;
  /** Progress and errors. */
  err(text: string): void;
  /** Whether `err` is a terminal, on which progress may redraw its line. */
  readonly isTerminal: boolean;
  readonly columns: number;
}

export function processIo(): Io {
  // A reader such as `head` may close the pipe early; that is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb' && process.env.CI === undefined,
    columns: process.stderr.columns ?? 80,
  };
}

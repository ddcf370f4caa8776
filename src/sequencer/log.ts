// Structured logs by pino, a JSON object a line.
import { createRequire } from 'node:module';
import type { Logger } from './service.ts';

/** To standard error, or to where `write` puts it. */
export function createLog(level: string, write: (line: string) => void): Logger {
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, { write });
}

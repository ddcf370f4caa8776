import { WispError } from '../../core/errors.ts';
import type { Failure } from './api.ts';

/** An error as data: what crosses by itself loses its code. */
export function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WispError) return { ok: false, code: error.code, message };
  return { ok: false, code: error instanceof RangeError ? 'out_of_memory' : 'internal', message };
}

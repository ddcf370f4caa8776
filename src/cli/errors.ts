// How a command ends: 0 ok, 1 refused or failed, 2 used wrongly.
import { WispError } from '../core/errors.ts';

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** The command line itself is wrong: exit code 2, with a pointer to the help. */
export class UsageError extends WispError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** A refusal or failure of the command itself: exit code 1. */
export class CliError extends WispError {}

/** The stable code of an error that was thrown on purpose, else `internal`. */
export function errorCode(error: unknown): string {
  return error instanceof WispError ? error.code : 'internal';
}

/** The message of any thrown value on one line. */
export function errorMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s*\n\s*/g, ' ').trim();
  return error instanceof WispError ? line : `internal error: ${line}`;
}

// Keys, chain, log and folder of nodes in tests; also for those in processes of their own, which run no tests.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '../../src/sequencer/service.ts';
import { chainOf, keyOf } from './keys.ts';

export const keys: readonly ReturnType<typeof keyOf>[] = Array.from({ length: 10 }, (_, i) => keyOf(i));
export const config: ReturnType<typeof chainOf> = chainOf(keys);

export const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (fields, message) => console.error(message, fields),
};

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'wisp-node-'));

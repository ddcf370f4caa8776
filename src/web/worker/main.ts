// The worker that proves and verifies, so that the page never waits. Ending it is how a proof is cancelled.
import { expose } from 'comlink';
import { WispError } from '../../core/errors.ts';
import type { Failure, ProverApi } from './api.ts';
import { proveHere } from './prove.ts';
import { runSize } from './size.ts';
import { closeTier, hardware, planTier } from './tier.ts';
import { verifyProof } from './verify.ts';

/** An error as data: what crosses by itself loses its code. */
function failureOf(error: unknown): Failure {
  if (error instanceof WispError) return { ok: false, code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { ok: false, code: error instanceof RangeError ? 'out_of_memory' : 'internal', message };
}

const api: ProverApi = {
  hardware,
  plan: async (tier) => {
    try {
      return await planTier(tier);
    } catch (error) {
      return failureOf(error);
    }
  },
  prove: async (request, onNews) => {
    try {
      return await proveHere(request, onNews);
    } catch (error) {
      // What is left of the tier is not to be trusted with the next proof.
      closeTier();
      return failureOf(error);
    }
  },
  verify: async (request) => {
    try {
      return await verifyProof(request);
    } catch (error) {
      return failureOf(error);
    }
  },
  size: async (elf, input) => runSize(elf, input),
};

expose(api);

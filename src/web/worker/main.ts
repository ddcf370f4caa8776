// The worker that proves and verifies, so that the page never waits. Ending it is how a proof is cancelled.
import { expose } from 'comlink';
import type { ProverApi } from './api.ts';
import { failureOf } from './failure.ts';
import { proveHere } from './prove.ts';
import { runSize } from './size.ts';
import { closeTier, hardware, planTier } from './tier.ts';
import { verifyProof } from './verify.ts';

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
    let heard: unknown;
    try {
      return await proveHere(request, (news) => {
        heard = onNews(news);
      });
    } catch (error) {
      // What is left of the tier is not to be trusted with the next proof.
      closeTier();
      return failureOf(error);
    } finally {
      // News have a port of their own, in whose order they are heard: the answer may overtake what was said before it.
      await Promise.resolve(heard).catch(() => {});
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

// The page's end of the prover worker. A worker that is ended takes its calls with it: they fail as cancelled.
import { proxy, type Remote, wrap } from 'comlink';
import type { Failure, ProveReport, ProveRequest, ProverApi, ProverNews } from './worker/api.ts';

/** A call that ended because its worker did. */
export class WorkerEnded extends Error {
  readonly cancelled: boolean;

  constructor(message: string, cancelled: boolean) {
    super(message);
    this.cancelled = cancelled;
  }
}

export interface ProverClient {
  call<T>(use: (api: Remote<ProverApi>) => Promise<T>): Promise<T>;
  /** Ends the worker at once, with all that it does and holds; the next call gets a new one. */
  cancel(): void;
}

export function createClient(): ProverClient {
  let running: { readonly worker: Worker; readonly api: Remote<ProverApi> } | undefined;
  const waiting = new Set<(error: WorkerEnded) => void>();

  const stop = (error: WorkerEnded): void => {
    running?.worker.terminate();
    running = undefined;
    for (const reject of waiting) reject(error);
    waiting.clear();
  };

  const start = (): Remote<ProverApi> => {
    const worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module', name: 'prover' });
    worker.onerror = (event) => {
      // That of a worker that was ended meanwhile is none of its successor's.
      if (running?.worker === worker)
        stop(new WorkerEnded(`the prover's worker failed: ${event.message || 'it could not be loaded'}`, false));
    };
    running = { worker, api: wrap<ProverApi>(worker) };
    return running.api;
  };

  return {
    call: (use) =>
      new Promise((resolve, reject) => {
        waiting.add(reject);
        use(running?.api ?? start())
          .then(resolve, reject)
          .finally(() => waiting.delete(reject));
      }),
    cancel: () => stop(new WorkerEnded('cancelled', true)),
  };
}

/** Proves, with news as they come. Throws `WorkerEnded`; any other failure of the proof is in the answer. */
export const proveWith = (
  client: ProverClient,
  request: ProveRequest,
  onNews: (news: ProverNews) => void,
): Promise<ProveReport | Failure> => client.call(async (api) => await api.prove(request, proxy(onNews)));

// Transactions that the pool had let in and the state transition refuses: who waits for one is told.

export interface Drops {
  /** A transaction was dropped. */
  tell(hash: string, why: string): void;
  /** It came into the pool, perhaps again. */
  forget(hash: string): void;
  /** Calls `told` with the reason if the transaction is or was dropped, until the result is called. */
  listen(hash: string, told: (why: string) => void): () => void;
}

/** A transaction may be dropped before its sender's request goes on to wait for it. */
const MAX_REMEMBERED = 1000;

export function dropFeed(): Drops {
  const listeners = new Map<string, readonly ((why: string) => void)[]>();
  const dropped = new Map<string, string>();
  return {
    tell: (hash, why) => {
      dropped.set(hash, why);
      for (const oldest of dropped.keys()) {
        if (dropped.size <= MAX_REMEMBERED) break;
        dropped.delete(oldest);
      }
      for (const told of listeners.get(hash) ?? []) told(why);
    },
    forget: (hash) => dropped.delete(hash),
    listen: (hash, told) => {
      const known = dropped.get(hash);
      if (known !== undefined) {
        told(known);
        return () => {};
      }
      listeners.set(hash, [...(listeners.get(hash) ?? []), told]);
      return () => {
        const left = (listeners.get(hash) ?? []).filter((listener) => listener !== told);
        if (left.length === 0) listeners.delete(hash);
        else listeners.set(hash, left);
      };
    },
  };
}

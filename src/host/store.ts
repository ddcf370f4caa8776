// Where the parts of a proof under way are kept.

/** What parts are of: all values must be equal for them to be used again. */
export type RunIdentity = Readonly<Record<string, string | number>>;

export interface ProofStore {
  /** The run's header, if phase one was finished. */
  header(): Uint8Array | undefined;
  saveHeader(bytes: Uint8Array): void;
  segment(index: number): Uint8Array | undefined;
  saveSegment(index: number, bytes: Uint8Array): void;
  /** Forgets everything; called where there is nothing more to keep. */
  remove(): void;
}

export interface ProofStores {
  /** The store of a run cut this way, if there is one from an earlier attempt. */
  find(identity: RunIdentity): ProofStore | undefined;
  create(identity: RunIdentity): ProofStore;
}

/** Keeps parts in memory, for one proof. */
export function memoryStores(): ProofStores {
  return {
    find: () => undefined,
    create: () => {
      let header: Uint8Array | undefined;
      const segments: Uint8Array[] = [];
      return {
        header: () => header,
        saveHeader: (bytes) => {
          header = bytes;
        },
        segment: (index) => segments[index],
        saveSegment: (index, bytes) => {
          segments[index] = bytes;
        },
        remove: () => {
          segments.length = 0;
        },
      };
    },
  };
}

// The state transition function, the state's tree, and what their proofs need. See each file's head.

export { type Batch, type BatchBlock, type BatchJournal, type BatchRun, encodeJournal, runBatch } from './batch.ts';
export { accountKey, type ChainHead, commitment, type Deposits, NO_CODE, NO_DEPOSITS, slotKey } from './hash.ts';
export { type GenesisAccount, MemoryState } from './memory_state.ts';
export { type FullBlockExecution, type FullBlockOutput, type FullStf, loadStf } from './stf.ts';
export { MESSENGER, SYSTEM_CONTRACTS } from './system.ts';
export { IndexedTree, rootOf, type TreeChange, type TreePlace, type TreeProof } from './tree.ts';
export { memoryStore, type TreeLeaf, type TreeStore } from './tree_store.ts';
export type { FullReceipt, Message } from './wire.ts';
export { type BatchWitness, buildWitness, type HeaderSource, treeChanges } from './witness.ts';

/** A program as the verifier sees it: the preprocessed columns of its own tree, each of a power-of-two length. */
export interface ProgramTables {
  /** Micro-op at which it starts. */
  readonly entry: number;
  /** idx, op, rd, rs1, rs2, k0, k1, k2, k3, addr_lo, addr_hi. */
  readonly program: readonly Uint32Array[];
  /** address, lo, hi, chained, present. */
  readonly image: readonly Uint32Array[];
}

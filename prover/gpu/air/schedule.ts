// Scheduling and register allocation for the interpreter kernels. A program is a list of segments, run one after the
// other; each segment runs its phases in order, each phase being a loop over instructions of one form. On a CPU
// adapter a branch not taken costs as much as one taken (all lanes are masked, not skipped), whereas a loop over a list
// costs what is on it: hence lists by form instead of one list and a switch.

/** A program that does not fit the interpreter's kernel; it then needs a kernel of its own. */
export class NotInterpretable extends Error {}

export interface Item<T> {
  readonly payload: T;
  readonly phase: number;
  readonly operands: readonly Item<T>[];
  /** Register file of the result; null for an instruction without one. */
  readonly file: number | null;
  readonly segment: number;
  /** Register of the result; set by `allocate`. */
  register: number;
}

export class Schedule<T> {
  readonly items: Item<T>[] = [];

  /** The first segment, at least `earliest`, in which the operands are ready for the phase. */
  ready(phase: number, operands: readonly Item<T>[], earliest: number): number {
    return Math.max(earliest, ...operands.map((o) => (o.phase <= phase ? o.segment : o.segment + 1)));
  }

  /** Places an instruction in the first segment, at least `earliest`, in which its operands are ready. */
  add(payload: T, phase: number, operands: readonly Item<T>[], file: number | null, earliest = 0): Item<T> {
    const segment = this.ready(phase, operands, earliest);
    const item = { payload, phase, operands, file, segment, register: -1 };
    this.items.push(item);
    return item;
  }

  /** The instructions of each segment and phase, in order. */
  segments(phases: number): Item<T>[][][] {
    const count = this.items.reduce((n, { segment }) => Math.max(n, segment + 1), 0);
    const lists = Array.from({ length: count }, () => Array.from({ length: phases }, (): Item<T>[] => []));
    for (const item of this.items) lists[item.segment]?.[item.phase]?.push(item);
    return lists;
  }

  /** Linear scan over the order of execution. A result may take the register of an operand that dies. Returns the need. */
  allocate(phases: number, files: number): number[] {
    const order = this.segments(phases).flat(2);
    const lastUse = new Map<Item<T>, number>();
    order.forEach((item, at) => {
      lastUse.set(item, at);
      for (const o of item.operands) lastUse.set(o, at);
    });
    const busy = Array.from({ length: files }, (): boolean[] => []);
    const mark = (item: Item<T>, value: boolean): void => {
      const own = item.file === null ? undefined : busy[item.file];
      if (own !== undefined) own[item.register] = value;
    };
    order.forEach((item, at) => {
      for (const o of item.operands) if (lastUse.get(o) === at) mark(o, false);
      if (item.file === null) return;
      const own = busy[item.file] ?? [];
      const free = own.indexOf(false);
      item.register = free >= 0 ? free : own.length;
      mark(item, lastUse.get(item) !== at);
    });
    return busy.map((own) => own.length);
  }
}

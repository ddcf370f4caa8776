// Scheduling and register allocation for the interpreter kernels. A program is a list of segments, run one after the
// other; each segment runs its phases in order, each phase being a loop over instructions of one form. On a CPU
// adapter a branch not taken costs as much as one taken (all lanes are masked, not skipped), whereas a loop over a list
// costs what is on it: hence lists by form instead of one list and a switch.

export interface Item<T> {
  readonly payload: T;
  readonly phase: number;
  readonly operands: readonly Item<T>[];
  /** Registers of the result: 0, 1 or 4 (aligned to four). */
  readonly size: number;
  readonly segment: number;
  /** First register of the result; set by `allocate`. */
  register: number;
}

export class Schedule<T> {
  readonly items: Item<T>[] = [];

  /** Places an instruction in the first segment, at least `earliest`, in which its operands are ready. */
  add(payload: T, phase: number, operands: readonly Item<T>[], size: number, earliest = 0): Item<T> {
    const ready = operands.map((o) => (o.phase <= phase ? o.segment : o.segment + 1));
    const item = { payload, phase, operands, size, segment: Math.max(earliest, ...ready), register: -1 };
    this.items.push(item);
    return item;
  }

  /** The instructions of each segment and phase, in order. */
  segments(phases: number): Item<T>[][][] {
    const count = Math.max(0, ...this.items.map((i) => i.segment + 1));
    const lists = Array.from({ length: count }, () => Array.from({ length: phases }, (): Item<T>[] => []));
    for (const item of this.items) lists[item.segment]?.[item.phase]?.push(item);
    return lists;
  }

  /** Linear scan over the order of execution. A result may take the registers of operands that die. Returns the need. */
  allocate(phases: number): number {
    const order = this.segments(phases).flat(2);
    const lastUse = new Map<Item<T>, number>();
    order.forEach((item, at) => {
      lastUse.set(item, at);
      for (const o of item.operands) lastUse.set(o, at);
    });
    const busy: boolean[] = [];
    const mark = (item: Item<T>, value: boolean): void => {
      for (let i = 0; i < item.size; i++) busy[item.register + i] = value;
    };
    order.forEach((item, at) => {
      for (const o of new Set(item.operands)) if (lastUse.get(o) === at) mark(o, false);
      if (item.size === 0) return;
      let first = 0;
      const isFree = (): boolean => Array.from({ length: item.size }, (_, i) => !busy[first + i]).every(Boolean);
      while (!isFree()) first += item.size;
      item.register = first;
      mark(item, true);
      if (lastUse.get(item) === at) mark(item, false);
    });
    return busy.length;
  }
}

// A binary heap.

export interface Heap<T> {
  readonly size: number;
  push(item: T): void;
  pop(): T | undefined;
}

export function heap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];
  const swap = (i: number, j: number): void => {
    const item = items[i] as T;
    items[i] = items[j] as T;
    items[j] = item;
  };
  return {
    get size() {
      return items.length;
    },
    push: (item) => {
      items.push(item);
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!before(items[i] as T, items[parent] as T)) return;
        swap(i, parent);
        i = parent;
      }
    },
    pop: () => {
      const top = items[0];
      const last = items.pop();
      if (items.length === 0) return top;
      items[0] = last as T;
      for (let i = 0; ; ) {
        let best = i;
        for (const child of [2 * i + 1, 2 * i + 2]) {
          if (child < items.length && before(items[child] as T, items[best] as T)) best = child;
        }
        if (best === i) return top;
        swap(i, best);
        i = best;
      }
    },
  };
}

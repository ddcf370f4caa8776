export function startComparePage(): { redraw(): void } {
  return { redraw: () => {} };
}

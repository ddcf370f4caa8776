/** A value that is JSON text already: made elsewhere, or once for many. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export const jsonText = (value: unknown): string =>
  value instanceof RawJson ? value.text : JSON.stringify(value ?? null);

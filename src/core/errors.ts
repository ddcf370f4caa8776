/** Base of every error this package throws on purpose: `code` is stable and meant for programs, `message` for people. */
export class WispError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

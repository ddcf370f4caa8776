import { WispError } from '../core/errors.ts';

/** An option that makes no sense, alone or with the others. */
export class OptionError extends WispError {
  constructor(message: string) {
    super('usage', message);
  }
}

/** A proof that was made does not verify: a defect of this package or of the device, never of the program. */
export class SelfCheckError extends WispError {
  constructor(message: string) {
    super('self_check_failed', message);
  }
}

/** A file or folder that cannot be used. */
export class FileError extends WispError {}

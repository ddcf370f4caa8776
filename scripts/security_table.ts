// Prints the security figures of docs/protocol.md: every term of each preset, for two real runs and for the largest.
import { fibonacciRun, securityTables, sha256Run } from './docs/protocol_tables.ts';

console.log(securityTables([fibonacciRun(), sha256Run()]));

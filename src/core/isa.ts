export * from '../machine/isa.ts';

// Amounts are stored and added up as whole millionths of a US dollar; people read and write dollars.
import type { MicroUsd } from '../transcript/transcript.ts';

const millionths = 1e6;

export function toUsd(amount: MicroUsd): number {
  return amount / millionths;
}

export function fromUsd(usd: number): MicroUsd {
  return Math.round(usd * millionths);
}

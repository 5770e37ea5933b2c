// The record of a piece after its step is done.
import type { Piece, Step } from '../core/own/piece.ts';
import { hashOf } from './hash.ts';
import type { Written } from './manifest.ts';

/** `piece` is null if the source no longer has it. `before`: its record until now. Returns null if the piece is not ours. */
export function keeps(step: Step, given: { piece: Piece | null; before: Written | null }): Written | null {
  const { piece, before } = given;
  if (step === 'removed' || step === 'changed') return before;
  if (piece === null || (step !== 'add' && step !== 'update' && step !== 'keep')) return null;
  const { of, path } = piece;
  const state = { of, path, hash: hashOf(piece.value), pending: null };
  if (piece.kind === 'file') return { kind: 'file', ...state };
  if (piece.kind === 'member') return { kind: 'member', ...state, at: [...piece.at], value: piece.value };
  return { kind: 'entry', ...state, at: [...piece.at], ordered: piece.order !== null };
}

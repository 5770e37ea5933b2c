// The text of a document while pieces are removed and inserted, and a record of what had to be created or moved for them.
import { missingAbove, prune, put, removePiece, unwrap, wordsAbove, type Placed } from './document.ts';

type Path = readonly string[];

/** Paths of keys: objects that we created, and places where the user had one word that now stands under another key. */
interface Traces {
  readonly made: string[][];
  readonly wrapped: string[][];
}

export class Draft {
  #text: string;
  readonly #made: Map<string, Path>;
  readonly #wrapped: Map<string, Path>;

  constructor(text: string, traces: Traces | null) {
    this.#text = text;
    this.#made = keyed(traces?.made ?? []);
    this.#wrapped = keyed(traces?.wrapped ?? []);
  }

  get text(): string {
    return this.#text;
  }

  take(piece: Placed): void {
    this.#text = removePiece(this.#text, piece);
  }

  /** `index`: the position among its sibling keys; null for the last one. */
  put(piece: Placed, index: number | null): void {
    for (const [id, at] of keyed(wordsAbove(this.#text, piece))) this.#wrapped.set(id, at);
    for (const [id, at] of keyed(missingAbove(this.#text, piece))) this.#made.set(id, at);
    this.#text = put({ text: this.#text, piece, ...(index === null ? {} : { index }) });
  }

  /** Undoes what was created or moved for pieces that no longer exist. */
  tidy(): void {
    this.#undo(this.#wrapped, unwrap);
    this.#undo(this.#made, prune);
  }

  traces(): Traces {
    return { made: innermostFirst(this.#made), wrapped: innermostFirst(this.#wrapped) };
  }

  #undo(paths: Map<string, Path>, undo: (text: string, at: Path) => string | null): void {
    for (const at of innermostFirst(paths)) {
      const undone = undo(this.#text, at);
      if (undone === this.#text) continue;
      paths.delete(JSON.stringify(at));
      this.#text = undone ?? this.#text;
    }
  }
}

function keyed(paths: readonly Path[]): Map<string, Path> {
  return new Map(paths.map((at) => [JSON.stringify(at), at]));
}

function innermostFirst(paths: ReadonlyMap<string, Path>): string[][] {
  return [...paths.values()].toSorted((a, b) => b.length - a.length).map((at) => [...at]);
}

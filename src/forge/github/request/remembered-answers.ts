// Answers that GitHub marked with an ETag, the most recently used ones: asking again costs nothing while they are unchanged.
import type { Answer } from './faults.ts';

interface Remembered {
  readonly mark: string;
  readonly answer: Answer;
}

const most = 500;

export class RememberedAnswers {
  readonly #answers = new Map<string, Remembered>();

  of(key: string): Remembered | null {
    const found = this.#answers.get(key);
    if (found === undefined) return null;
    this.#answers.delete(key);
    this.#answers.set(key, found);
    return found;
  }

  note({ key, answer }: { readonly key: string; readonly answer: Answer }): void {
    const mark = answer.headers['etag'];
    this.#answers.delete(key);
    if (mark === undefined || answer.status !== 200) return;
    this.#answers.set(key, { mark, answer });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > most && oldest !== undefined) this.#answers.delete(oldest);
  }
}

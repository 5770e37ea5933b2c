// Time limits in tests: how long a program takes to begin is no matter of the test, so a limit that came before is tried again, longer.

/** Answers the first run that had begun when its limit came. The limits are in milliseconds; each is twice the one before. */
export async function longEnough<T>(given: {
  readonly run: (timeoutMs: number) => Promise<T>;
  readonly begun: (answer: T) => boolean;
}): Promise<T> {
  for (let timeoutMs = 300; ; timeoutMs *= 2) {
    const answer = await given.run(timeoutMs);
    if (given.begun(answer)) return answer;
  }
}

// Guesses which known word somebody meant who wrote an unknown one.

/**
 * The closest known word, or the first of several equally close ones. Null if none is close, or if the word itself is
 * known.
 */
export function nearMiss(given: { readonly word: string; readonly known: readonly string[] }): string | null {
  const { known } = given;
  const word = given.word.toLowerCase();
  if (known.includes(given.word)) return null;
  for (const most of [0, 1, 2]) {
    const close = known.find((one) => most <= tolerance(one) && isWithin({ a: word, b: one, most }));
    if (close !== undefined) return close;
  }
  return known.find((one) => word.length >= 4 && word.length * 2 >= one.length && one.startsWith(word)) ?? null;
}

/** Short words tolerate no difference, because changing one letter gives another word. */
function tolerance(known: string): number {
  if (known.length < 5) return 0;
  return known.length < 8 ? 1 : 2;
}

/** Whether `a` becomes `b` by at most `most` changed, added, omitted or swapped letters. */
function isWithin(given: { readonly a: string; readonly b: string; readonly most: number }): boolean {
  let same = 0;
  while (same < given.a.length && given.a[same] === given.b[same]) same += 1;
  const [a, b, most] = [given.a.slice(same), given.b.slice(same), given.most - 1];
  if (a === '' && b === '') return true;
  if (most < 0 || Math.abs(a.length - b.length) > given.most) return false;
  return (
    isWithin({ a: a.slice(1), b, most }) ||
    isWithin({ a, b: b.slice(1), most }) ||
    isWithin({ a: a.slice(1), b: b.slice(1), most }) ||
    (a[0] === b[1] && a[1] === b[0] && isWithin({ a: a.slice(2), b: b.slice(2), most }))
  );
}

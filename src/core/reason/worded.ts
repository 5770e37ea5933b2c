// The table from codes to texts: a code without its text does not compile.

export type Words<FactsByCode> = { readonly [Code in keyof FactsByCode]: (facts: FactsByCode[Code]) => string };

/** The facts belong to the code, which the compiler cannot see through the table. */
export function worded<FactsByCode>(
  words: Words<FactsByCode>,
  reason: { readonly code: keyof FactsByCode; readonly facts: FactsByCode[keyof FactsByCode] },
): string {
  return words[reason.code](reason.facts);
}

// The table from codes to words: a code without its words does not compile.

export type Words<FactsByCode> = { readonly [Code in keyof FactsByCode]: (facts: FactsByCode[Code]) => string };

/** The facts are those of the code, which the compiler cannot follow through the table. */
export function worded<FactsByCode>(
  words: Words<FactsByCode>,
  reason: { readonly code: keyof FactsByCode; readonly facts: FactsByCode[keyof FactsByCode] },
): string {
  return words[reason.code](reason.facts);
}

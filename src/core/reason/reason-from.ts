/** A reason from a closed list: a code, and the facts that belong to it. */
export type ReasonFrom<FactsByCode> = {
  readonly [Code in keyof FactsByCode]: { readonly code: Code; readonly facts: FactsByCode[Code] };
}[keyof FactsByCode];

// Parameters and help texts that several commands share.
export const json = { kind: 'boolean', brief: 'One JSON document on standard output', optional: true } as const;
export const repo = {
  kind: 'parsed',
  parse: String,
  brief: 'The repository (default: the one of the current folder)',
  placeholder: 'dir',
  optional: true,
} as const;
export const model = {
  kind: 'parsed',
  parse: String,
  brief: 'A tier such as opus, or provider/model',
  placeholder: 'model',
  optional: true,
} as const;
export const trusting = { kind: 'boolean', brief: 'Trust the repository’s configuration as it is now', optional: true } as const;
export const agent = { kind: 'parsed', parse: String, brief: 'Use this agent', placeholder: 'name', optional: true } as const;
const id = { brief: 'The task, such as t12', parse: String, placeholder: 'id' } as const;
export const concurrency = {
  kind: 'parsed',
  parse: whole,
  brief: 'Number of workers at the same time',
  placeholder: 'n',
  optional: true,
} as const;

export function text(
  brief: string,
  placeholder: string,
): { kind: 'parsed'; parse: (value: string) => string; brief: string; placeholder: string; optional: true } {
  return { kind: 'parsed', parse: String, brief, placeholder, optional: true };
}

export function list(
  brief: string,
  placeholder: string,
): { kind: 'parsed'; parse: (value: string) => string; brief: string; placeholder: string; optional: true; variadic: true } {
  return { kind: 'parsed', parse: String, brief, placeholder, optional: true, variadic: true };
}

export function whole(value: string): number {
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < 1) throw new SyntaxError('expected a whole number of at least 1');
  return parsed;
}

/** A position in the event feed; 0 is its beginning. */
export function markOfFeed(value: string): number {
  return value.trim() === '0' ? 0 : whole(value);
}

/** Joins the brief text and examples as a user would type them. */
export function docs(brief: string, ...examples: string[]): { brief: string; fullDescription: string } {
  return { brief, fullDescription: [brief, '', 'EXAMPLES', ...examples.map((example) => `  ${example}`)].join('\n') };
}

export const oneId = { kind: 'tuple', parameters: [id] } as const;

export const someIds = { kind: 'array', parameter: id, minimum: 1 } as const;

// One planted violation per rule that oxlint holds: file, text, and the rule that must speak.

interface Plant {
  readonly rule: string;
  readonly path: string;
  readonly text: string;
}

const lines = (count: number, line: (number: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

const impure = [
  'Date.now()',
  'new Date()',
  'process.pid',
  'performance.now()',
  'setTimeout(() => {}, 1)',
  'setInterval(() => {}, 1)',
  'fetch("http://localhost")',
  'crypto.randomUUID()',
  'globalThis.Date.now()',
  'Buffer.from("")',
];

export const lintPlants: readonly Plant[] = [
  ...impure.map((expression, index) => ({
    rule: 'eslint(no-restricted-globals)',
    path: `src/core/impure-${index}.ts`,
    text: `export const planted: unknown = ${expression};\n`,
  })),
  { rule: 'eslint(no-restricted-properties)', path: 'src/core/chance.ts', text: 'export const planted = Math.random();\n' },
  { rule: 'oxc(no-async-await)', path: 'src/core/waits.ts', text: 'export async function planted() {\n  await null;\n}\n' },
  ...['long.ts', 'long.test.ts', 'long.testsuite.ts', 'long.samples.ts'].map((name) => ({
    rule: 'eslint(max-lines)',
    path: `src/lib/${name}`,
    text: `${lines(401, (number) => `export const planted${number} = 1;`)}\n`,
  })),
  {
    rule: 'eslint(max-lines-per-function)',
    path: 'src/lib/long-function.ts',
    text: `export function planted(): number {\n  let sum = 0;\n${lines(58, () => '  sum += 1;')}\n  return sum;\n}\n`,
  },
  {
    rule: 'eslint(max-params)',
    path: 'src/lib/many.ts',
    text: 'export const planted = (a: number, b: number, c: number, d: number) => a + b + c + d;\n',
  },
  { rule: 'eslint(no-console)', path: 'src/lib/loud.ts', text: "console.log('planted');\nexport {};\n" },
  { rule: 'typescript(no-explicit-any)', path: 'src/lib/anything.ts', text: 'export let planted: any;\n' },
  {
    rule: 'typescript(no-unsafe-assignment)',
    path: 'src/lib/unsafe.ts',
    text: "export const planted: { readonly a: string } = JSON.parse('{}');\n",
  },
  {
    rule: 'typescript(no-non-null-assertion)',
    path: 'src/lib/sure.ts',
    text: 'export const planted = (list: readonly number[]): number => list[0]!;\n',
  },
  {
    rule: 'typescript(no-floating-promises)',
    path: 'src/lib/floating.ts',
    text: "import { wait } from './wait.ts';\n\nexport function planted(): void {\n  wait();\n}\n",
  },
  {
    rule: 'typescript(no-misused-promises)',
    path: 'src/lib/misused.ts',
    text: "import { wait } from './wait.ts';\n\nexport const planted = (list: readonly number[]): void => list.forEach(async () => await wait());\n",
  },
  {
    rule: 'typescript(switch-exhaustiveness-check)',
    path: 'src/lib/forgets.ts',
    text: "export function planted(kind: 'one' | 'two'): number {\n  switch (kind) {\n    case 'one':\n      return 1;\n    default:\n      return 2;\n  }\n}\n",
  },
  { rule: 'yard(agent-names)', path: 'src/supervisor/knows.ts', text: "export const planted = (name: string) => name === 'claude';\n" },
  {
    rule: 'yard(agent-names)',
    path: 'src/supervisor/knows-too.ts',
    text: 'export const planted = (name: string) => name === `opencode`;\n',
  },
  { rule: 'yard(agent-names)', path: 'src/core/knows.ts', text: 'export const isClaudeOld = true;\n' },
  { rule: 'yard(agent-names)', path: 'src/cli/knows.ts', text: 'export const planted = { opencode: 1 };\n' },
  { rule: 'yard(file-names)', path: 'src/lib/text-utils.ts', text: 'export const planted = 1;\n' },
  { rule: 'yard(file-names)', path: 'src/lib/index.ts', text: 'export const planted = 1;\n' },
  { rule: 'yard(file-names)', path: 'src/store/types.ts', text: 'export const planted = 1;\n' },
  { rule: 'unicorn(filename-case)', path: 'src/lib/camelCase.ts', text: 'export const planted = 1;\n' },
  { rule: 'import(no-default-export)', path: 'src/lib/nameless.ts', text: 'export default 1;\n' },
  {
    rule: 'vitest(no-disabled-tests)',
    path: 'src/lib/skipped.test.ts',
    text: "import { test } from 'vitest';\n\ntest.skip('planted', () => {});\n",
  },
  {
    rule: 'vitest(no-focused-tests)',
    path: 'src/lib/focused.test.ts',
    text: "import { test } from 'vitest';\n\ntest.only('planted', () => {});\n",
  },
  {
    rule: 'vitest(no-restricted-vi-methods)',
    path: 'src/lib/mocked.test.ts',
    text: "import { vi } from 'vitest';\n\nvi.mock('./wait.ts');\n",
  },
];

/** What looks like a violation and is none. */
export const lintDecoys: Readonly<Record<string, string>> = {
  'src/agents/claude/names-itself.ts': "export const name = 'claude';\n",
  'src/config/defaults.ts': "export const paths = { claude: 'claude', opencode: 'opencode' };\n",
  'src/supervisor/data.ts': "export const model = 'anthropic/claude-opus';\n",
  'src/lib/clock.ts': 'export const now = (): number => Date.now();\n',
  'src/core/long-test.test.ts': `import { expect, test } from 'vitest';\n\ntest('long', async () => {\n  const made = Date.now();\n${lines(60, () => '  expect(made).toBeGreaterThan(0);')}\n});\n`,
};

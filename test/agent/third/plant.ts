// Makes a copy of this checkout's program and adds the third agent to it as any new agent is added: a separate folder, one
// line in `compose`, one in the defaults. No other part of the program knows it.
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProgram } from '../../support/bundle.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The command line program that stands in for the agent's. */
export const thirdProgram = fileURLToPath(new URL('third.fixture.ts', import.meta.url));

/** The program's file, and a function that removes it. */
export function programWithThird(): { readonly program: string; readonly remove: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'yard-third-'));
  // The demo uses the tests' model server and forge, and knows where the real agents are.
  const files = globSync(['package.json', '{src,scripts,starter,test/model-server,test/forge-stage}/**/*.*', 'test/support/agents.ts'], {
    cwd: checkout,
  });
  for (const file of files.filter((name) => !/\.(?:test|testsuite|samples|fixture)\.ts$/.test(name))) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    cpSync(join(checkout, file), join(root, file));
  }
  symlinkSync(join(checkout, 'node_modules'), join(root, 'node_modules'));
  const adapter = readFileSync(new URL('adapter.ts', import.meta.url), 'utf8');
  mkdirSync(join(root, 'src/agents/third'));
  writeFileSync(join(root, 'src/agents/third/adapter.ts'), adapter.replaceAll("'../../../src/", "'../../"));
  putBehind(join(root, 'src/cli/compose.ts'), {
    line: "  async () => (await import('../agents/claude/adapter.ts')).claude,\n",
    more: "  async () => (await import('../agents/third/adapter.ts')).third,\n",
  });
  putBehind(join(root, 'src/config/defaults.ts'), {
    line: "    claude: { path: 'claude', env: {}, args: [], config: {} },\n",
    more: "    third: { path: 'third', env: {}, args: [], config: {} },\n",
  });
  const { program, folder } = buildProgram(root);
  return {
    program,
    remove: () => {
      for (const one of [root, folder]) rmSync(one, { recursive: true, force: true });
    },
  };
}

function putBehind(file: string, { line, more }: { readonly line: string; readonly more: string }): void {
  const text = readFileSync(file, 'utf8');
  if (text.split(line).length !== 2) throw new Error(`${file} has no such line, or several: ${line}`);
  writeFileSync(file, text.replace(line, line + more));
}

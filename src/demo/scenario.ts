// The content of the demo: a small repository, six tasks, the script of the model for each, and the forge's checks. Data only.
import type { Script } from '../../test/model-server/steps.ts';

/** Models of two providers; both are served by the scripted model on loopback. */
export const models = { first: 'anthropic/claude-opus-5-5', second: 'acme/coder-1' };

const todo = `# To do

- [ ] t1 Write a greeting module #auto-dispatch agent:claude model:${models.first} ~15m logged:2026-11-01
- [ ] t2 Greet people by name #auto-dispatch model:${models.second} blocked-by:t1 logged:2026-11-01
- [ ] t3 Explain the project in the README #auto-dispatch agent:claude model:${models.first} ~10m logged:2026-11-02
- [ ] t4 Add a licence file #auto-dispatch model:${models.second} logged:2026-11-02
- [ ] t5 Make sure that the check script is executable #auto-dispatch agent:claude model:${models.first} logged:2026-11-03
- [ ] t6 Describe how to contribute #auto-dispatch model:${models.first} blocked-by:t3 logged:2026-11-03
- [ ] t7 Think about a logo
`;

export const files: Readonly<Record<string, string>> = {
  'README.md': '# Greeter\n',
  'check.sh': '#!/bin/sh\nset -e\ntest -s README.md\nfor file in *.mjs; do [ ! -e "$file" ] || node --check "$file"; done\n',
  'TODO.md': todo,
};

/** Its name at the forge. */
export const repository = 'demo/greeter';

/** What the forge checks at each head. `failsFirst`: the output with which the first check of a task's work fails. */
export const checks: readonly { readonly name: string; readonly failsFirst: Readonly<Record<string, string>> }[] = [
  { name: 'readme', failsFirst: { t3: 'README.md: the section "Usage" is missing\n' } },
];

/** By task id. Each request of a task's worker plays the next step. */
export const script: Script = {
  t1: [
    { write: { path: 'greet.mjs', content: "export const greet = () => 'Hello';\n" }, text: 'I will write the module.' },
    { bash: 'sh check.sh && git add -A && git commit -q -m "t1: a greeting module"' },
    { say: 'The module is written, checked and committed.' },
  ],
  t2: [
    { bash: 'git log --oneline -3 && ls' },
    { write: { path: 'greet-name.mjs', content: 'export const greetName = (name) => `Hello, ${name}`;\n' } },
    { bash: 'sh check.sh && git add -A && git commit -q -m "t2: greet people by name"' },
    { say: 'People are greeted by name.' },
  ],
  // The provider is overloaded at first, and the agent tries again by itself.
  t3: [
    { error: { status: 529, type: 'overloaded_error', message: 'Overloaded' } },
    { bash: 'printf "\\nA module that greets.\\n" >> README.md && git commit -q -am "t3: explain the project"' },
    { say: 'The README explains the project.' },
    // The forge's check failed, and the same session is told.
    { bash: 'printf "\\n## Usage\\n\\nImport greet.mjs.\\n" >> README.md && git commit -q -am "t3: say how to use it"' },
    { say: 'The section is there.' },
  ],
  // The agent forgets to commit, but nothing is lost.
  t4: [{ write: { path: 'LICENSE', content: 'MIT\n' } }, { say: 'The licence file is there.' }],
  t5: [{ bash: 'ls -l check.sh' }, { say: 'No change needed: check.sh is executable already.' }],
  t6: [
    { bash: 'printf "# Contributing\\n" > CONTRIBUTING.md && git add -A && git commit -q -m "t6: how to contribute"' },
    { bash: 'printf "\\nRun sh check.sh first.\\n" >> CONTRIBUTING.md && git commit -q -am "t6: mention the check"' },
    { say: 'It is described how to contribute.' },
  ],
};

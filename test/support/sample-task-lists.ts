// Task lists and task files in the styles of different people. The tests of core and of the program read each, and give ids
// to it.

export interface SampleTaskList {
  readonly name: string;
  readonly text: string;
  /** The value of `todo.ids`. */
  readonly ids: string;
  /** Lines that are reported in their unchanged form. */
  readonly told: readonly number[];
  /** The open tasks after ids were given: id, title, the parent task, and whether a supervisor may start it. */
  readonly open: readonly (readonly [id: string, title: string, parent: string | null, wanted: boolean])[];
  /** A part of the body of a task. */
  readonly body?: readonly [id: string, text: string];
}

export const taskLists: readonly SampleTaskList[] = [
  {
    name: 'a roadmap in a README',
    text: `# Shop

Pull requests are welcome! See [CONTRIBUTING](CONTRIBUTING.md).

## Roadmap

- [x] Cart
- [ ] Search
  - [x] index
  - [ ] ranking
- [ ] Pay by invoice ([#41](https://example.org/41))

## License

MIT
`,
    ids: 't',
    told: [],
    open: [
      ['t1', 'Search', null, false],
      ['t2', 'Pay by invoice ([#41](https://example.org/41))', null, false],
    ],
    body: ['t1', '- [x] index\n- [ ] ranking'],
  },
  {
    name: 'notes with tabs, states of their own and dates',
    text: '## This week\n\n- [ ] Migrate the queue 📅 2026-02-07 #auto-dispatch\n\t- [ ] dry run\n\t\t- [ ] on staging\n\t> keep the old one\n- [/] Half done\n- [>] Moved to next week\n- [ ] [[Billing]] rounds wrongly\n',
    ids: 't',
    told: [3],
    open: [
      ['t1', 'Migrate the queue 📅 2026-02-07', null, true],
      ['t2', '[[Billing]] rounds wrongly', null, false],
    ],
    body: ['t1', '- [ ] dry run\n\t- [ ] on staging\n> keep the old one'],
  },
  {
    name: 'a numbered plan with long items',
    text: `Plan for the parser, in this order:

1. [ ] **Tokens** — read them one by one,
   with their offsets #auto-dispatch

   Offsets are in UTF-16 units.
2. [ ] **Tree** — build it from the tokens
   \`\`\`ts
   interface Node {
     kind: string;
   }
   \`\`\`
3. [x] **Errors** — say where
10) [ ] **Docs**
`,
    ids: 't',
    told: [3],
    open: [
      ['t1', '**Tokens** — read them one by one,', null, true],
      ['t2', '**Tree** — build it from the tokens', null, false],
      ['t3', '**Docs**', null, false],
    ],
    body: ['t2', '```ts\ninterface Node {\n  kind: string;\n}\n```'],
  },
  {
    name: 'ids of an issue tracker',
    text: '# Sprint 12\n\n- [ ] AUTH-123 Fix the login #auto-dispatch\n  - [ ] AUTH-124 Cover it with a test #auto-dispatch\n- [x] AUTH-99 Rotate keys\n- [ ] SHOP-7 Round prices\n- [ ] Clean up\n- [ ] auth-130: Log out everywhere\n',
    ids: 'AUTH-',
    told: [8],
    open: [
      ['AUTH-123', 'Fix the login', null, true],
      ['AUTH-124', 'Cover it with a test', 'AUTH-123', true],
      ['AUTH-131', 'SHOP-7 Round prices', null, false],
      ['AUTH-132', 'Clean up', null, false],
    ],
  },
  {
    name: 'numbers of issues',
    text: '* [ ] #12 Fix the login #auto-dispatch\n* [ ] (#13) Search\n* [ ] [#14](https://example.org/14) Sort\n* [x] #11 Start\n* #15 has no checkbox\n',
    ids: 't',
    told: [1],
    open: [
      ['t1', '#12 Fix the login', null, true],
      ['t2', '(#13) Search', null, false],
      ['t3', '[#14](https://example.org/14) Sort', null, false],
    ],
  },
  {
    name: 'todo.txt',
    text: '(A) 2026-02-07 Call the bank +money @phone\nx 2026-02-06 Buy milk @shop\n(B) Write the report due:2026-02-10\n',
    ids: 't',
    told: [],
    open: [],
  },
  {
    name: 'an outline of Emacs',
    text: '#+TITLE: Work\n* TODO [#A] Release :work:\n  DEADLINE: <2026-02-10 Tue>\n  - [ ] changelog\n  - [X] version\n  - [-] partly\n* DONE Last one\n- [ ] On its own\n',
    ids: 't',
    told: [],
    open: [
      ['t1', 'changelog', null, false],
      ['t2', 'On its own', null, false],
    ],
  },
  {
    name: 'a board in Markdown',
    text: '---\n\nkanban-plugin: board\n\n---\n\n## Doing\n\n- [ ] Fix the footer<br>on small screens\n\n\n## Done\n\n**Complete**\n- [x] Logo\n\n***\n\n%% kanban:settings\n```\n{"kanban-plugin":"board"}\n- [ ] not a task #auto-dispatch\n```\n%%\n',
    ids: 't',
    told: [],
    open: [['t1', 'Fix the footer<br>on small screens', null, false]],
  },
  {
    name: 'an editor of Windows, and marks that cannot be read',
    text: '\ufeff# Aufgaben\r\n\r\n+ [ ] **t4** Größe prüfen #auto-dispatch\r\n+ [ ] `t5`: Farben #auto-dispatch\r\n+ [ ] t6. Form #auto-dispatch\r\n+ [ ] t7 Maße #auto-dispach modell:opus\r\n+ [ ] Neu\r\n\tmit Einzug\r\n- t9 Ohne Kästchen #auto-dispatch\r\nMit #auto-dispatch geht es los\r\n',
    ids: 't',
    told: [3, 4, 5, 6, 6, 9, 10],
    open: [
      ['t7', 'Maße', null, false],
      ['t10', 'Neu', null, false],
    ],
    body: ['t10', 'mit Einzug'],
  },
  {
    name: 'all that the grammar has',
    text: `## Ready

- [ ] t128 Accounts @ann #billing ~2d logged:2026-02-07 ref:GH#12 → [todo/PLANS.md#accounts]
  - Notes: the old table stays for a month,
    see \`#auto-dispatch\` in the plan
  - [x] t128.1 Read them #auto-dispatch ~2h completed:2026-02-08
  - [ ] t128.2 Write them #auto-dispatch ~3h model:sonnet mcp:context7 blocked-by:t128.1
    - [ ] t128.2.1 Undo #auto-dispatch
      - [ ] a step
  - Notes: and no longer

## Declined

- [-] t127 Delete the old table
<!-- - [ ] t126 hidden #auto-dispatch -->
`,
    ids: 't',
    told: [],
    open: [
      ['t128', 'Accounts', null, false],
      ['t128.2', 'Write them', 't128', true],
      ['t128.2.1', 'Undo', 't128.2', true],
    ],
    body: ['t128', '- Notes: the old table stays for a month,\n  see `#auto-dispatch` in the plan\n- Notes: and no longer'],
  },
];

// The arrows between the rooms of src/ (docs/adr/0001). Type imports count: a port's type is as much an arrow as its code.
// Tests and contract suites may look into every room; nothing may look into a test.

const tests = '\\.(test|testsuite|samples|fixture)\\.ts$';
const adapters = '^src/(store|places|agents|repo|forge|sources|accounts|mcp|parity)/';
const rooms = '^src/(core|ports|lib|store|places|agents|repo|forge|sources|accounts|mcp|parity|supervisor|api|config|web|demo|cli)/';
// The demo is a story that ships: its backend is the tests' model server, its agents are the development dependencies.
const demo = '^src/(demo/|cli/commands/demo)';

/** Code of a room may reach only these paths. */
const only = ({ name, room, may, comment }) => ({
  name,
  comment,
  severity: 'error',
  from: { path: room, pathNot: tests },
  to: { pathNot: may, couldNotResolve: false },
});

/** The same, and packages and Node's own modules besides. */
const onlyWithin = ({ name, room, may, comment }) => ({
  ...only({ name, room, may, comment }),
  to: { path: '^(src|test|bin|scripts)/', pathNot: may },
});

export default {
  forbidden: [
    only({ name: 'core-is-pure', room: '^src/core/', may: '^src/core/', comment: 'core is pure: pass the fact in as a value' }),
    only({ name: 'ports-only-core', room: '^src/ports/', may: '^src/(ports|core)/', comment: 'a port is stated in words of core' }),
    onlyWithin({ name: 'lib-only-lib', room: '^src/lib/', may: '^src/lib/', comment: 'lib is free of the domain' }),
    onlyWithin({
      name: 'adapters-apart',
      room: adapters,
      may: '^src/(core|ports|lib|$1)/',
      comment: 'an adapter knows the rules, the ports and itself; put what two of them need into core or lib',
    }),
    {
      name: 'agents-apart',
      comment: 'agents share nothing',
      severity: 'error',
      from: { path: '^src/agents/([^/]+)/', pathNot: tests },
      to: { path: '^src/agents/', pathNot: '^src/agents/$1/' },
    },
    {
      name: 'sources-apart',
      comment: 'a source is an addition: what two of them need goes into core or lib, or is handed over by cli/compose.ts',
      severity: 'error',
      from: { path: '^src/sources/([^/]+)/', pathNot: tests },
      to: { path: '^src/sources/', pathNot: '^src/sources/$1/' },
    },
    {
      name: 'agents-through-sites',
      comment: 'a worker may be on another machine: read what it has through its site',
      severity: 'error',
      // These are about the person's own machine by purpose.
      from: { path: '^src/agents/', pathNot: ['/(accounts|own-(configuration|settings))\\.ts$', tests] },
      to: { path: '^(node:)?(fs|fs/promises|os|child_process)$' },
    },
    only({
      name: 'supervisor-behind-ports',
      room: '^src/supervisor/',
      // Of Node only what computes: files, processes and clocks are reached through the ports.
      may: '^(src/(supervisor|core|ports|lib)/|(node:)?(path|events)$)',
      comment: 'the supervisor reaches the world through ports; only cli/compose.ts sees adapters',
    }),
    only({
      name: 'api-behind-ports',
      room: '^src/api/',
      may: '^src/(api|supervisor|core|ports|lib)/',
      comment: 'the api answers values: text, flags and the terminal are the command line’s, and adapters are composed there',
    }),
    onlyWithin({
      name: 'config-below-cli',
      room: '^src/config/',
      may: '^src/(config|core|ports|lib)/',
      comment: 'config is data for the others',
    }),
    onlyWithin({
      name: 'web-asks-the-api',
      room: '^src/web/',
      may: '^src/(web|api|core|lib)/',
      comment: 'the dashboard asks the api',
    }),
    {
      name: 'compose-alone-sees-adapters',
      comment: 'take the port from the composed world instead',
      severity: 'error',
      from: { path: '^src/cli/', pathNot: ['^src/cli/compose\\.ts$', tests] },
      to: { path: adapters },
    },
    {
      name: 'known-rooms',
      comment: 'a new room needs its arrows here first',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: rooms },
    },
    onlyWithin({
      name: 'demo-on-its-stage',
      room: '^src/demo/',
      may: '^(src/(demo|core|ports|lib)/|test/)',
      comment: 'the demo looks at the program from outside',
    }),
    {
      name: 'src-without-test',
      comment: 'only the demo plays with the tests’ props',
      severity: 'error',
      from: { path: '^src/', pathNot: [demo, tests] },
      to: { path: '^test/' },
    },
    {
      name: 'demo-props',
      comment: 'of the tests’ props the demo uses the model server, the forge’s stage and the real agents',
      severity: 'error',
      from: { path: demo, pathNot: tests },
      to: { path: '^test/', pathNot: '^test/(model-server/|forge-stage/|support/agents\\.ts$)' },
    },
    {
      name: 'no-test-as-module',
      comment: 'what tests share stands in test/support',
      severity: 'error',
      from: { path: '^(src|test)/', pathNot: tests },
      to: { path: tests },
    },
    {
      name: 'no-cycles',
      // Circles of type imports and of `import()` count as well: files of a circle can be understood only together.
      comment: 'move what both need to the file that owns it',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependency',
      comment: 'a user’s install does not have it',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.json', '.d.ts'],
    },
  },
};

// Our own lint rules, for which oxlint has no built-in rule; loaded by .oxlintrc.json as the plugin `yard`.
// `agent-names`: code decides by the facts that agents declare, so no code outside their folders may depend on a name.
// `file-names`: a file is named after the step it takes; the forbidden words are catch-all names.

const agents = ['claude', 'opencode'];
const drawers = [
  'util',
  'utils',
  'helper',
  'helpers',
  'manager',
  'managers',
  'service',
  'services',
  'type',
  'types',
  'common',
  'misc',
  'index',
];

/** Exact names only in strings, because `anthropic/claude-…` is a model and `CLAUDE.md` a file: data, not a decision. */
const isAgent = (text) => agents.includes(text);
const carriesAgent = (name) => agents.some((agent) => name.toLowerCase().includes(agent));

const agentNames = {
  create(context) {
    const report = (node, what) =>
      context.report({
        node,
        message: `${what} names an agent: let its adapter declare the fact, or move the name to src/config/defaults.ts`,
      });
    return {
      Literal(node) {
        if (typeof node.value === 'string' && isAgent(node.value)) report(node, `"${node.value}"`);
      },
      TemplateElement(node) {
        if (isAgent(node.value.cooked)) report(node, `\`${node.value.cooked}\``);
      },
      Identifier(node) {
        if (carriesAgent(node.name)) report(node, node.name);
      },
      PrivateIdentifier(node) {
        if (carriesAgent(node.name)) report(node, `#${node.name}`);
      },
    };
  },
};

const fileNames = {
  create(context) {
    return {
      Program(node) {
        const file = context.filename.split(/[\\/]/).at(-1);
        // The last word of the stem decides, so a name that ends in `-utils` is a catch-all as well.
        const stem = file.slice(0, file.indexOf('.'));
        const last = stem.split('-').at(-1);
        if (drawers.includes(last))
          context.report({ node, message: `"${file}" is a catch-all name: name the file after the step that it takes` });
      },
    };
  },
};

export default { meta: { name: 'yard' }, rules: { 'agent-names': agentNames, 'file-names': fileNames } };

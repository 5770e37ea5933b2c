// The part of the bridge that gives a worker's agent its role: the prompt, and of all tools, those of other plugins
// included, the ones that it may use; what a person or a project denied stays denied.
// Measured with 1.18.33: within the inline configuration `{env:…}` and `{file:…}` of a prompt would be replaced, and one
// that cannot be ends the run; when a plugin sees the configuration, an agent that stands in it and the permissions of
// all can still be changed, and no agent be added. Of permissions the last that fits wins, so that an agent's own, which
// come after a person's, would undo what the person denied.

export interface BridgeRole {
  readonly agent: string;
  readonly prompt: string;
  /** The names of permissions, in which `*` stands for anything; null: all. */
  readonly tools: readonly string[] | null;
}

/** Statements for the hook, in which `all` is the whole configuration. */
export function roleSource({ agent, prompt, tools }: BridgeRole): string {
  const taken = `
      Object.assign(all.agent[${JSON.stringify(agent)}], ${JSON.stringify({ prompt, permission: {} })});`;
  if (tools === null) return taken;
  return `${taken}
      all.permission = bounded(${JSON.stringify([...tools, ...everybodys])}, all.permission);`;
}

/** Of every worker: to look outside of its folder, and to do one thing again and again. */
const everybodys = ['external_directory', 'doom_loop'];

/** Everything is denied; then what is allowed is; then, for that alone, what was said of it before, in the same order. */
export const boundedSource = String.raw`const fits = (name, one) => new RegExp('^' + name.replace(/[.+^{}$()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.') + '$').test(one);
const entriesOf = (rules) => Object.entries(typeof rules === 'string' ? { '*': rules } : rules ?? {});
const bounded = (tools, told) => {
  const rules = new Map([['*', new Map([['*', 'deny']])]]);
  const put = (name, target, action) => {
    const targets = rules.get(name) ?? new Map();
    rules.delete(name);
    rules.set(name, targets);
    targets.delete(target);
    targets.set(target, action);
  };
  for (const tool of tools) put(tool, '*', 'allow');
  for (const [name, targets] of entriesOf(told)) {
    const meant = tools.filter((tool) => fits(name, tool));
    const part = tools.some((tool) => fits(tool, name));
    for (const [target, action] of entriesOf(targets)) {
      for (const tool of meant) put(tool, target, action);
      if (meant.length === 0 && (part || action === 'deny')) put(name, target, action);
    }
  }
  return Object.fromEntries([...rules].map(([name, targets]) => [name, targets.size === 1 ? targets.get('*') ?? Object.fromEntries(targets) : Object.fromEntries(targets)]));
};
`;

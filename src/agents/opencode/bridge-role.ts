// The part of the bridge that gives a worker's agent its role: its prompt, and the tools that it may use, including those
// of other plugins. Tools that a person or a project denied stay denied. Measured with 1.18.33: in the inline
// configuration, `{env:…}` and `{file:…}` of a prompt would be replaced, and a failed replacement ends the run. When a
// plugin sees the configuration, it can still change an agent in it and the permissions of all agents, but cannot add an
// agent. The last matching permission wins, so an agent's own permissions, which come after a person's, would undo what the
// person denied.

export interface BridgeRole {
  readonly agent: string;
  readonly prompt: string;
  /** The names of permissions, where `*` matches anything; null: all. */
  readonly tools: readonly string[] | null;
}

/** Statements for the hook. In them, `all` is the whole configuration. */
export function roleSource({ agent, prompt, tools }: BridgeRole): string {
  const taken = `
      Object.assign(all.agent[${JSON.stringify(agent)}], ${JSON.stringify({ prompt, permission: {} })});`;
  if (tools === null) return taken;
  return `${taken}
      all.permission = bounded(${JSON.stringify([...tools, ...everybodys])}, all.permission);`;
}

/** Every worker may access folders outside of its own, and repeat the same call many times. */
const everybodys = ['external_directory', 'doom_loop'];

/**
 * First everything is denied, then the given tools are allowed, then earlier rules about these tools alone are repeated in
 * their order.
 */
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

// Which checks the rules of a branch require: its rulesets and its protection, both of which readers may see.
import type { Check, ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { minute } from '../../../core/time.ts';
import { fields, list, text } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';
import { messageOf } from '../request/faults.ts';

interface Base {
  readonly repository: ForgeRepository;
  readonly base: string;
}

/** The rules of a branch change seldom, and GitHub itself merges nothing against them. */
const rememberedFor = 5 * minute;

/** Null if that cannot be read. */
export async function requiredNames(desk: Desk, given: Base): Promise<ReadonlySet<string> | null> {
  const key = JSON.stringify([slug(given.repository), given.base]);
  const at = desk.client.given.wire.clock.lease().ms;
  const known = desk.required.get(key);
  if (known !== undefined && at - known.at < rememberedFor) return known.names;
  const [rules, protection] = await Promise.all([ofRules(desk, given), ofProtection(desk, given)]);
  const names = rules === null || protection === null ? null : new Set([...rules, ...protection]);
  desk.required.set(key, { at, names });
  return names;
}

async function ofRules(desk: Desk, { repository, base }: Base): Promise<readonly string[] | null> {
  const answer = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/rules/branches/{base}',
    with: { owner: repository.owner, repo: repository.name, base, per_page: 100 },
    of: slug(repository),
    answers: [403, 404],
  });
  // Private repositories of free plans, and old versions of GitHub Enterprise, have no rulesets.
  if (answer.status === 404 || (answer.status === 403 && /upgrade/i.test(messageOf(answer.data)))) return [];
  if (answer.status === 403) return null;
  return list(answer.data).flatMap((rule) => {
    const parameters = fields(fields(rule)?.['parameters']);
    if (fields(rule)?.['type'] !== 'required_status_checks') return [];
    return list(parameters?.['required_status_checks']).flatMap((check) => text(fields(check)?.['context']) ?? []);
  });
}

async function ofProtection(desk: Desk, { repository, base }: Base): Promise<readonly string[] | null> {
  const answer = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/branches/{base}',
    with: { owner: repository.owner, repo: repository.name, base },
    of: slug(repository),
    answers: [403, 404],
  });
  if (answer.status === 404) return [];
  const protection = fields(fields(answer.data)?.['protection']);
  if (answer.status === 403) return null;
  const checks = fields(protection?.['required_status_checks']);
  if (checks?.['enforcement_level'] === 'off') return [];
  return list(checks?.['contexts']).flatMap((context) => text(context) ?? []);
}

/** Each check with whether it is required; required ones that have not reported yet are pending. */
export function withRequired(checks: readonly Check[], required: ReadonlySet<string> | null): readonly Check[] {
  if (required === null) return checks;
  const known = new Set(checks.map(({ name }) => name));
  const expected = [...required].filter((name) => !known.has(name));
  return [
    ...checks.map((check) => ({ ...check, required: required.has(check.name) })),
    ...expected.map((name): Check => ({
      id: `expected:${name}`,
      name,
      state: 'pending',
      required: true,
      byMachine: false,
      startedAt: null,
      canRerun: false,
      url: null,
    })),
  ];
}

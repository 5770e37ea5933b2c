// The end of what a failed check printed: the log of its job, or the text that another app wrote about it.
import type { Check, ForgeRepository } from '../../../core/delivery/pull-facts.ts';
import { fields, text } from '../../../lib/fields.ts';
import { slug, type Desk } from '../desk.ts';

export interface LogOf {
  readonly repository: ForgeRepository;
  readonly check: Check;
  readonly limit: number;
}

const notReadable = [403, 404, 410];

export async function checkLog(desk: Desk, given: LogOf): Promise<string | null> {
  const [kind, id = ''] = given.check.id.split(':');
  const log = kind === 'job' ? await jobLog(desk, { ...given, id }) : null;
  const found = log ?? (kind === 'job' || kind === 'run' ? await output(desk, { ...given, id }) : null);
  return found === null || found === '' ? null : found.slice(-given.limit);
}

async function jobLog(desk: Desk, { repository, id }: LogOf & { readonly id: string }): Promise<string | null> {
  const { data, status } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/actions/jobs/{id}/logs',
    with: { owner: repository.owner, repo: repository.name, id },
    of: slug(repository),
    right: 'actions: read',
    // A log is removed after a while.
    answers: notReadable,
    elsewhere: true,
  });
  if (status === 403)
    desk.lacks.note({ right: 'actions: read', follows: `in ${slug(repository)}, logs of failed jobs are not given to workers` });
  const log = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : text(data);
  return status >= 400 || log === null ? null : readable(log);
}

/** Without the times and colours of each line, and without what follows the last error: steps that only clean up. */
function readable(log: string): string {
  const lines = log
    .replaceAll(/^\uFEFF?\d{4}-\d\d-\d\dT[\d:.]+Z /gm, '')
    // oxlint-disable-next-line no-control-regex -- colours are control sequences.
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .split(/\r?\n/);
  const last = lines.findLastIndex((line) => line.startsWith('##[error]'));
  return (last < 0 ? lines : lines.slice(0, last + 1)).join('\n').trimEnd();
}

async function output(desk: Desk, { repository, id }: LogOf & { readonly id: string }): Promise<string | null> {
  const { data, status } = await desk.client.ask({
    route: 'GET /repos/{owner}/{repo}/check-runs/{id}',
    with: { owner: repository.owner, repo: repository.name, id },
    of: slug(repository),
    right: 'checks: read',
    answers: notReadable,
  });
  const said = status >= 400 ? null : fields(fields(data)?.['output']);
  const parts = ['title', 'summary', 'text'].flatMap((name) => text(said?.[name]) ?? []);
  return parts.length === 0 ? null : parts.join('\n\n');
}

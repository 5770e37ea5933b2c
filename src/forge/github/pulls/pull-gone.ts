// The fault for a pull request that the forge does not have, or does not show.
import { Fault } from '../../../core/fault.ts';
import type { PullAt } from '../../../ports/forge.ts';
import { slug } from '../desk.ts';

export function pullGone({ repository, number }: PullAt): Fault {
  return new Fault({
    code: 'forge-gone',
    message: `${repository.host} has no pull request ${slug(repository)}#${number}, or does not show it to this token`,
    hint: 'see whether you can open it; the repository may have been renamed, removed or made private',
    data: { host: repository.host },
  });
}

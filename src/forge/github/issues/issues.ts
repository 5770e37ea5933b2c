// The issues of one signed-in account: the calls of the port, each in a file of its own.
import type { ForgeIssues } from '../../../ports/forge-issues.ts';
import type { Desk } from '../desk.ts';
import { changedAt } from './changed-at.ts';
import { comment } from './comment.ts';
import { create } from './create.ts';
import { depend } from './depend.ts';
import { read } from './read.ts';
import { setParent } from './set-parent.ts';
import { write } from './write.ts';

export function issuesOf(desk: Desk): ForgeIssues {
  return {
    changedAt: (repository) => changedAt(desk, repository),
    read: (given) => read(desk, given),
    create: (given) => create(desk, given),
    write: (given) => write(desk, given),
    depend: (given) => depend(desk, given),
    setParent: (given) => setParent(desk, given),
    comment: (given) => comment(desk, given),
  };
}

// A worker's tree that expands without end: each look at it is ended at its deadline, which costs as much CPU as the
// deadlines allow. The short lane shows that a git which takes too long is ended (git-bounds.test.ts).
import { afterEach, beforeEach, expect, test } from 'vitest';
import { forgery } from '../../../test/support/forged-git-objects.ts';
import { answered, nothingLost, siteStage, wholeWay, type SiteStage } from '../../../test/support/site-stage.ts';

let stage: SiteStage;
beforeEach(async () => void (stage = await siteStage({ localMs: 2_000 })));
afterEach(() => stage.fx.dispose());

const { tip, tree, commit, blob } = forgery(() => stage);

test('a tree that unfolds without end', async () => {
  let bomb = blob();
  bomb = tree(...Array.from({ length: 10 }, (_, at) => ['100644', `f${at}`, bomb] as const));
  for (let depth = 0; depth < 9; depth += 1) bomb = tree(...Array.from({ length: 10 }, (_, at) => ['40000', `d${at}`, bomb] as const));
  tip(commit(bomb));
  const { outcome, value } = await answered('facts', () => stage.repo.facts({ worktree: stage.path, base: stage.base }));
  expect([outcome, String(value)]).toEqual(['fault', expect.stringContaining('cannot be read')]);
  const { removed } = await wholeWay(stage);
  nothingLost(stage, removed);
});
